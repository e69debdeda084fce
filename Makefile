# Two commands do everything on a fresh machine: `make demo` and `make test`.
export PKG_CONFIG_PATH := $(CURDIR)/.libtorch$(if $(PKG_CONFIG_PATH),:$(PKG_CONFIG_PATH))

STUDENTS = .build/release/students

.PHONY: setup build demo serve-demo test lint fuzz fuzz-formats sanitize faults faults-sampled \
  interoperability interoperability-sampled downloads two-hosts dist dist-tested docs docs-built \
  snapshots

setup:
	@./setup

build: setup
	swift build -c release --product students

# A folder that runs on other machines, an archive of it and a Debian package, in dist/.
dist: build
	swift build -c release --product students-c
	Deploy/dist

# That, tried in a bare Debian; as root.
dist-tested: dist
	Tests/Packaging/run

# The web site of the documentation, in .build/site.
docs: setup
	swift build
	Documentation/site

# The same, with the modules that `make test` has built: half a minute.
docs-built:
	Documentation/site

# Draws a small data set, learns from its good images, inspects the others, shows what it found.
demo: build
	rm -rf demo
	$(STUDENTS) sample-data demo/ring
	$(STUDENTS) train demo/ring/train/good -o demo/ring.students --scales 33 --epochs 15
	# A status of 1 says that some are anomalous.
	$(STUDENTS) inspect demo/ring.students demo/ring/test/good demo/ring/test/chipped \
	  demo/ring/test/drilled demo/ring/test/scratched demo/ring/test/stained \
	  --false-alarms 0.2 --heatmaps demo/maps || test $$? -eq 1
	$(STUDENTS) evaluate demo/ring.students demo/ring --false-alarms 0.2 --report demo/report
	@echo "Images: demo/report/index.html, and one sheet a defect beside it; demo/maps"

# Serves that model, and feeds it with images until Ctrl-C: look at http://127.0.0.1:8080/live.
serve-demo:
	test -e demo/ring.students || $(MAKE) demo
	Deploy/serve-demo

test: setup lint
	swift build --build-tests
	swift test --skip-build

# The help of all commands and all error messages become the snapshots in Tests/Snapshots: read their diff.
snapshots: setup
	swift build --build-tests
	SNAPSHOTS=write swift test --skip-build --filter 'snapshot of'

# Every parser under libFuzzer and AddressSanitizer, each for so many seconds.
SECONDS ?= 60
fuzz: setup
	Fuzzing/run $(SECONDS)

# Those without libtorch, which build in two minutes.
fuzz-formats: setup
	Fuzzing/run $(SECONDS) safetensors zip pickle tar gzip idx cifar image mask

# What native code reads and writes, and what happens at the same time, under the sanitizers.
sanitize: setup
	Sanitizers/run

# Every call to the system on a file fails once, in each command that writes: an hour and more.
faults: build
	Tests/FaultInjection/run --program $(STUDENTS)

# As many of them as a minute allows, spread evenly, with the program that `make test` has built.
faults-sampled:
	Tests/FaultInjection/run --seconds 75 --only train --only calibrate --only reproduce-mnist-more

# Exported models in ONNX Runtime and OpenVINO: seven minutes. Python may be that of a virtual environment.
PYTHON ?= python3
interoperability: build
	$(PYTHON) Tests/Interoperability/run --program $(STUDENTS)

# Some of them, with the program that `make test` has built.
interoperability-sampled:
	$(PYTHON) Tests/Interoperability/run --only ignored --only 16-bit --only knn

# Images from servers that fail in all ways, and from S3, with the program that `make test` has built: a minute.
downloads:
	$(PYTHON) Tests/Downloads/run

# Teaching on two hosts, which network namespaces stand for, with the program that `make test` has built; as root.
two-hosts:
	Tests/TwoHosts/run

lint:
	swift format lint --strict --recursive Sources Tests Snippets Package.swift \
	  Benchmarks/Sources Benchmarks/Package.swift Fuzzing/Sources Fuzzing/Package.swift \
	  Sanitizers/Memory/Package.swift Sanitizers/Threads/Package.swift
