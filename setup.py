"""Packaging: `pip install -e .` for users, `pip install -e '.[test]'` for the tests and the linters."""

from pathlib import Path

from setuptools import find_packages, setup

FORMATS = {
    "parquet": ["pyarrow>=16"],
    "root": ["uproot>=5.3", "awkward>=2.6"],
    "hdf5": ["h5py>=3.11", "hdf5plugin>=4.3"],
    "djc": ["djcdata>=2.1; python_version < '3.12'"],
}
"""What the formats of data files need."""

FARM = [
    *("dask>=2024.8", "distributed>=2024.8", "dask-jobqueue>=0.9", "psutil>=5.9"),
    # What chooses the variants of a sweep, and draws them.
    *("optuna>=4.2", "cmaes>=0.10", "plotly>=5.18", "sqlalchemy>=2.0"),
]
"""What runs many commands at once, here and elsewhere, and sweeps."""

EXPORT = ["tf2onnx>=1.17", "onnx>=1.20", "onnxruntime>=1.22"]
"""What networks are exported to ONNX by, and run with."""

setup(
    name="registry",
    version="0.1.0",
    description="Declare networks for detector point clouds as YAML graphs; check, draw, train and compare them",
    long_description=Path(__file__).with_name("README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    author="The registry developers",
    license="BSD-3-Clause",
    license_files=["LICENSE"],
    keywords=["high energy physics", "graph neural networks", "calorimeter", "object condensation", "keras"],
    classifiers=[
        "Development Status :: 4 - Beta",
        "Intended Audience :: Science/Research",
        "Operating System :: POSIX :: Linux",
        "Programming Language :: Python :: 3.11",
        "Programming Language :: Python :: 3.12",
        "Programming Language :: Python :: 3.13",
        "Topic :: Scientific/Engineering :: Artificial Intelligence",
        "Topic :: Scientific/Engineering :: Physics",
        "Typing :: Typed",
    ],
    packages=[
        *find_packages(include=["registry", "registry.*"]),
        *(f"registry.{name}" for name in find_packages(include=["plugins", "plugins.*"])),
        "registry.graphs",
        "registry.configs",
        "registry.sweeps",
    ],
    package_dir={
        "registry.plugins": "plugins",
        "registry.graphs": "graphs",
        "registry.configs": "configs",
        "registry.sweeps": "sweeps",
    },
    package_data={
        "registry": [
            "py.typed",
            "templates/project/*",
            "templates/project/*/*",
            "templates/plugins/*",
            "templates/package/**/*",
        ],
        "registry.comparing": ["assets/*"],
        "registry.drawing": ["assets/*"],
        "registry.reporting": ["assets/*"],
        "registry.graphs": ["*.yaml", "*/*.yaml"],
        "registry.configs": ["*.yaml", "*/*.yaml"],
        "registry.sweeps": ["*.yaml"],
    },
    python_requires=">=3.11,<3.14",
    install_requires=[
        "tensorflow>=2.18",
        "keras>=3.6",
        "pyyaml>=6.0",
        "mlflow>=3.0",
        "pluggy>=1.5",
        "networkx>=3.2",
        "numpy>=1.26",
        "pandas>=2.1",
        "pydantic>=2.7",
        "pydantic-core>=2.18",
        "typing-extensions>=4.12",
        "shtab>=1.7",
        "numba>=0.62",
        "llvmlite>=0.45",
        "scipy>=1.13",
        "scikit-learn>=1.5",
        "h5py>=3.11",
        "matplotlib>=3.8",
        "mplhep>=0.3.50",
        "pyarrow>=16",
        "pillow>=10.1",
        "rich>=13.7",
        "igraph>=0.11",
    ],
    extras_require={
        "test": [
            *("pytest>=8.0", "pytest-timeout>=2.3", "pytest-xdist>=3.8", "hypothesis>=6.100"),
            *("jsonschema>=4.21", "object-condensation>=1.1", "import-linter>=2.0", "deptry>=0.20"),
            *("ipykernel>=6.0", "nbclient>=0.10", "nbformat>=5.10", "mkdocs>=1.6", "mkdocs-material>=9.5"),
            *("ruff>=0.6", "mypy>=1.11", "types-PyYAML", "setuptools>=68", "wheel", "psutil>=5.9"),
            # Servers that runs are recorded on.
            *("mlflow[auth]>=3.0", "psycopg[binary]>=3.1"),
            *(name for names in FORMATS.values() for name in names),
            *FARM,
            *EXPORT,
            "tritonclient[grpc]>=2.50",
        ],
        **FORMATS,
        "export": EXPORT,
        "farm": FARM,
        "data": [name for names in FORMATS.values() for name in names],
        "system": ["psutil>=5.9", "nvidia-ml-py>=12"],
        "remote": ["fsspec>=2024.2"],
        "xrootd": ["fsspec-xrootd>=0.4"],
        "docs": ["mkdocs>=1.6", "mkdocs-material>=9.5"],
        "benchmarks": ["pykdtree>=1.3", "small_gicp>=1.0", "pynanoflann>=0.10"],
    },
    entry_points={
        "console_scripts": ["registry = registry.__main__:script"],
        "registry.plugins": ["builtin = registry.plugins"],
    },
)
