"""Neural-network architectures for detector point clouds, declared as YAML graphs of plugin blocks."""
