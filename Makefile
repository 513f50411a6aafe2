# SPDX-License-Identifier: GPL-2.0
# Twin's own Makefile; the module's object list is in Kbuild.
# "make help" lists what there is.

running_build := /lib/modules/$(shell uname -r)/build
newest_build = $(shell ls -d /usr/src/linux-headers-*-$(debian_arch) 2>/dev/null | \
	grep -vE -- '-(rt|cloud)-' | sort -V | tail -n 1)
debian_arch := $(shell dpkg --print-architecture 2>/dev/null || echo amd64)

# Expanded late: the headers may be installed by the "deps" prerequisite.
KDIR ?= $(if $(wildcard $(running_build)),$(running_build),$(newest_build))
PREFIX ?= /usr/local
BED ?= stock
KERNELS ?=
T ?=

.PHONY: all module example tools deps demo tour check matrix lint vm fuzz bench \
	bench-profile bench-timed bench-record bench-lwip bench-loss bench-many suites mutants coverage \
	install clean help

all: module tools

module: deps
	@[ "$(origin KDIR)" != file ] || [ -e $(running_build) ] || \
		echo "no headers of the running kernel: building for $(KDIR)" >&2
	$(if $(KDIR),,$(error no kernel build tree: set KDIR, or install linux-headers-$(debian_arch)))
	+$(MAKE) -C $(KDIR) M=$(CURDIR) modules
	@tools/split-debug twin.ko

# A congestion control module of its own, built against the public header.
example: module
	+$(MAKE) -C $(KDIR) M=$(CURDIR)/examples/congestion \
		KBUILD_EXTRA_SYMBOLS=$(CURDIR)/Module.symvers modules

tools: deps
	+$(MAKE) -C tools

deps:
	@selftests/harness/deps.sh build

demo:
	@selftests/demo/run

tour:
	@selftests/tour/run

check:
	@selftests/run --bed "$(BED)" --kernels "$(KERNELS)" --tests "$(T)" $(if $(V),--verbose)

matrix:
	@selftests/run --bed stock --kernels "6.1 6.12 7.2 7.3" --tests "$(T)"

lint:
	@selftests/harness/deps.sh build lint
	@tools/lint/lint

vm:
	@selftests/harness/deps.sh build vm
	@selftests/harness/vm.sh --bed $(firstword $(BED)) --shell

fuzz:
	@selftests/harness/deps.sh build fuzz
	@$(MAKE) -C selftests/fuzz run
	@$(MAKE) -C selftests/fuzz run-kernel

bench:
	@selftests/harness/deps.sh build vm bench
	@tools/bench/run --works "$(T)"

bench-profile:
	@selftests/harness/deps.sh build vm bench
	@tools/bench/run --profile --works "$(or $(T),$(TEST))"

bench-timed:
	@selftests/harness/deps.sh build vm debug bench
	@tools/bench/run --timed --rounds "$(or $(ROUNDS),5)" --works "$(T)"

bench-lwip:
	@selftests/harness/deps.sh build vm bench lwip
	@tools/bench/run --lwip --works "$(T)"

bench-record:
	@selftests/harness/deps.sh build vm bench
	@tools/bench/run --record --works "$(T)"

bench-many:
	@selftests/harness/deps.sh build vm debug bench
	@tools/bench/many

bench-loss:
	@selftests/harness/deps.sh build vm debug
	@tools/bench/loss --cells "$(CELLS)" --seconds "$(SECONDS)" --rounds "$(ROUNDS)"

suites:
	@selftests/harness/deps.sh build vm suites $(filter debug,$(BED))
	@selftests/suites/run --bed "$(BED)" --suites "$(T)"

mutants:
	@selftests/harness/deps.sh build vm debug
	@selftests/mutants/run $(MUTANTS)

coverage:
	@selftests/coverage/run $(T)

install: all
	$(MAKE) -C $(KDIR) M=$(CURDIR) modules_install
	$(MAKE) -C tools install
	install -D -m 644 uapi/linux/twin.h $(DESTDIR)$(PREFIX)/include/linux/twin.h
	find include module uapi -name '*.h' -exec \
		install -D -m 644 {} $(DESTDIR)$(PREFIX)/include/twin-module/{} \;

clean:
	$(if $(KDIR),$(MAKE) -C $(KDIR) M=$(CURDIR) clean)
	rm -f twin.ko.debug
	$(if $(KDIR),$(MAKE) -C $(KDIR) M=$(CURDIR)/examples/congestion clean)
	$(MAKE) -C tools clean
	$(MAKE) -C selftests clean
	$(MAKE) -C selftests/unit clean

help:
	@echo 'make                 the module (twin.ko) and the tool (tools/twin); installs'
	@echo '                     missing packages first, by apt (make deps: only that)'
	@echo 'make module          the module alone;  make tools: the tool alone'
	@echo 'make example         a congestion control module (examples/congestion)'
	@echo 'make demo            the main job, shown step by step in a test machine'
	@echo 'make tour            renew what the commands of Documentation/tour.md print'
	@echo 'make check           unit tests, and the selftests in a test machine'
	@echo '  BED=stock          where: stock debug time smp smp-uml, several, or all'
	@echo '  KERNELS="6.1 6.12" with these kernels instead of the distribution'"'"'s'
	@echo '  T="net/ping* unit" only these tests;  V=1 shows their points'
	@echo 'make matrix          the stock bed with 6.1, 6.12, 7.2 and 7.3'
	@echo 'make lint            the rules that a program can check'
	@echo 'make vm              a root shell in a test machine (BED=stock|debug)'
	@echo 'make bench           instructions per unit of work, beside the kernel'"'"'s own stack'
	@echo '                     (T=rr: one work)'
	@echo 'make bench-timed     some by the clock, on two processors, and what the second'
	@echo '                     one brings (ROUNDS=20: more pairs)'
	@echo 'make bench-profile   the instructions of each function (T=rr-1, or TEST=rr-1)'
	@echo 'make bench-record    what the flight recorders cost'
	@echo 'make bench-lwip      lwIP beside Twin and AF_INET'
	@echo 'make bench-many      memory and time of 500,000 connections, a million sockets'
	@echo 'make bench-loss      goodput over lossy paths, 18 minutes alone on the host;'
	@echo '                     CELLS="10mbit-20ms-*": only these, SECONDS=20: shorter,'
	@echo '                     ROUNDS=30: more often'
	@echo 'make suites          CPython'"'"'s network suites on both stacks, an hour without'
	@echo '                     KVM (T=test_ssl: one suite); no part of make check'
	@echo 'make fuzz            random input in user space and in the debug bed, 18 seconds'
	@echo '                     each (SECONDS=N, SEED=N)'
	@echo 'make mutants         break the module in many places, one at a time, and report'
	@echo '                     what no test notices; hours (MUTANTS="--minutes 10 --keep")'
	@echo 'make coverage        which functions no test of the debug and the time bed enters'
	@echo 'make install         module, tool, manual pages and headers (PREFIX);'
	@echo '                     KDIR=TREE [ARCH=um]: for another kernel, here and above'
	@echo 'make clean           delete what was built here'
