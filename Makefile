# Everything a newcomer types. A .venv is made once per change of pyproject.toml; the stamp files say which rooms it has.
PYTHON ?= python3
PORT ?= 8000
SERVE ?= 1
BIN := .venv/bin
SAM := .venv/sam/bin/sam
BUILD ?= .aws-sam/build
# The services that the code asks, and sts, by which the SDK learns who it is.
SERVICES := batch cloudwatch dynamodb events s3 secretsmanager sqs sts

.PHONY: demo test lint types unit web bench starter-encoders clean python3.12 aws-build aws-validate aws-image

.venv/.local: pyproject.toml
	$(PYTHON) -c 'import sys; assert sys.version_info >= (3, 11), "Vitrine needs Python 3.11 or later; say make PYTHON=python3.12"'
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[local]'
	touch $@

# The test room holds torch, to compare exported encoders with their originals; the demo never needs it.
.venv/.test: .venv/.local
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test]'
	touch $@

# The browser that looks at the pages and the emails. Only where a machine is nobody's, as in CI, is one installed; else its tests are
# skipped without one, and say so.
.venv/.browser: | .venv/.local
	@command -v chromium chromium-browser google-chrome >/dev/null || test -z "$$CI" || \
		{ apt-get -qq update && apt-get -qq install -y --no-install-recommends chromium >/dev/null; } || \
		echo "No browser could be installed: the tests that need one are skipped."
	@touch $@

# What checks the pages' types, builds the widget and looks at accessibility; node itself comes with the test room.
NPM = PATH="$(CURDIR)/$(BIN):$$PATH" npm --prefix web
.venv/.web: web/package-lock.json .venv/.test
	$(NPM) ci --silent --no-audit --no-fund
	touch $@

# In a room of its own, for it pins what others want newer.
.venv/.sam: | .venv/.local
	$(PYTHON) -m venv .venv/sam
	.venv/sam/bin/python -m pip install --quiet --disable-pip-version-check 'aws-sam-cli>=1.160,<2'
	touch $@

demo: .venv/.local
	$(BIN)/vitrine demo $(if $(filter 0,$(SERVE)),--no-serve,--port $(PORT))

test: lint types unit

lint: .venv/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/.test .venv/.web
	$(BIN)/mypy
	$(NPM) run --silent types

# A file of tests at a time for each core, and no more than two: some of them hold that an answer is made in time. In the order
# of their names, for the longest have few tests, and would come last, where one core waits for the other.
unit: .venv/.test .venv/.sam .venv/.browser .venv/.web
	PATH="$(CURDIR)/$(BIN):$$PATH" OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

# The widget's script and the dashboard's charts, which are kept, so that nobody needs node to serve them.
web: .venv/.web
	$(NPM) run --silent build

bench: .venv/.test
	$(BIN)/python -m bench

# Where a real Python 3.12 is, which the functions are built with; a shim of pyenv's is none. Says nothing without one.
PYTHON312 = $(shell for each in python3.12 "$$(pyenv root 2>/dev/null)"/versions/3.12*/bin/python3.12; \
	do "$$each" -c 'import sys; print(sys.executable)' 2>/dev/null && break; done)

python3.12:
	@echo $(PYTHON312)

aws-validate: .venv/.test .venv/.sam
	$(BIN)/cfn-lint template.yaml
	SAM_CLI_TELEMETRY=0 $(SAM) validate --lint --region $${AWS_REGION:-eu-central-1}

# Without a cache: with one, changes in shared/ would not get in. Then out goes what no function runs (zstandard's backend for
# PyPy among it), and in come compiled modules, which halve a cold start; unchecked, for a zip's times would call them stale.
aws-build: .venv/.sam
	@test -n "$(PYTHON312)" || { echo "The functions are built with Python 3.12: install it, and see that python3.12 runs."; exit 1; }
	PATH="$(dir $(PYTHON312)):$$PATH" SAM_CLI_TELEMETRY=0 $(SAM) build --no-cached --parallel --build-dir $(BUILD) $(SAMFLAGS)
	rm -rf $(foreach each,encoders indexer local,$(BUILD)/*Function/$(each))
	find $(BUILD) -type d -name tests -prune -exec rm -rf {} +
	find $(BUILD) -path '*/zstandard/*cffi*' -delete
	find $(BUILD) -path '*/botocore/data/*' -prune -type d $(foreach each,$(SERVICES),! -name $(each)) -exec rm -rf {} +
	cksum samconfig.toml > $(BUILD)/RecommendFunction/settings.mark
	$(PYTHON312) -m compileall -q --invalidation-mode unchecked-hash $(BUILD)/*Function

# The indexer's job. STACK is the stack's name, PLATFORM as the template's Architecture: linux/arm64 or linux/amd64. Without
# provenance, which would count as further images in a repository that keeps three.
STACK ?= vitrine-dev
PLATFORM ?= linux/arm64
aws-image:
	repository=$$(aws cloudformation describe-stacks --stack-name $(STACK) --output text \
		--query "Stacks[0].Outputs[?OutputKey=='JobRepository'].OutputValue") && \
	aws ecr get-login-password | docker login --username AWS --password-stdin $${repository%%/*} && \
	docker buildx build --provenance=false --platform $(PLATFORM) --file indexer/Dockerfile --tag $$repository:latest --push .

# Makes the two encoders that ship with the project again: half an hour on two cores, mostly the image one.
starter-encoders: .venv/.test
	$(BIN)/python -m indexer.starter.text
	$(BIN)/python -m local.demo_shop.training_set var/starter
	$(BIN)/python -m indexer.starter.image var/starter

clean:
	rm -rf .venv var .aws-sam web/node_modules
