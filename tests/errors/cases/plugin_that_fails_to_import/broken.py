# ruff: noqa: B018
import registry.block

registry.block.Blok
