# Two commands do everything on a fresh machine: `make demo` and `make test`.
export PKG_CONFIG_PATH := $(CURDIR)/.libtorch$(if $(PKG_CONFIG_PATH),:$(PKG_CONFIG_PATH))

.PHONY: setup build test lint

setup:
	@./setup

build: setup
	swift build -c release --product students

test: setup lint
	swift build --build-tests
	swift test --skip-build

lint:
	swift format lint --strict --recursive Sources Tests Package.swift
