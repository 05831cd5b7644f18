# ruff: noqa: B018
import registry.contract.block

registry.contract.block.Blok
