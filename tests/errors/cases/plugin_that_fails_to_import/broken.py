import registry.block

registry.block.Blok
