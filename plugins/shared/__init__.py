"""What blocks of several families use: ports, options of dense layers, costs."""
