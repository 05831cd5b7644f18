"""Packaging: `pip install -e .` for users, `pip install -e '.[test]'` for the tests and the linters."""

from setuptools import find_packages, setup

setup(
    name="registry",
    version="0.1.0",
    description="Declare networks for detector point clouds as YAML graphs; check, draw, train and compare them",
    packages=[
        *find_packages(include=["registry", "registry.*"]),
        *(f"registry.{name}" for name in find_packages(include=["plugins", "plugins.*"])),
        "registry.graphs",
        "registry.configs",
    ],
    package_dir={"registry.plugins": "plugins", "registry.graphs": "graphs", "registry.configs": "configs"},
    package_data={
        "registry.drawing": ["assets/*"],
        "registry.graphs": ["*.yaml", "*/*.yaml"],
        "registry.configs": ["*.yaml", "*/*.yaml"],
    },
    python_requires=">=3.11",
    install_requires=[
        "tensorflow>=2.18",
        "keras>=3.6",
        "pyyaml>=6.0",
        "mlflow>=3.0",
        "pluggy>=1.5",
        "networkx>=3.2",
        "numpy>=1.26",
        "pydantic>=2.7",
        "shtab>=1.7",
        "numba>=0.61",
        "scipy>=1.13",
        "h5py>=3.11",
        "matplotlib>=3.8",
        "pillow>=10.1",
        "rich>=13.7",
        "igraph>=0.11",
        "psutil>=5.9",
    ],
    extras_require={
        "test": [
            "pytest>=8.0",
            "pytest-timeout>=2.3",
            "pytest-xdist>=3.5",
            "hypothesis>=6.100",
            "jsonschema>=4.21",
            "object-condensation>=1.1",
            "import-linter>=2.0",
            "ruff>=0.6",
            "mypy>=1.11",
            "types-PyYAML",
            "setuptools>=68",
            "wheel",
        ],
        "benchmarks": ["pykdtree>=1.3"],
    },
    entry_points={
        "console_scripts": ["registry = registry.__main__:script"],
        "registry.plugins": ["builtin = registry.plugins"],
    },
)
