# SPDX-License-Identifier: Apache-2.0
# bailiff: `make help` lists the targets, V=1 shows the commands.
#
# B is the directory of one variant of the build. This file builds each of them by calling itself:
#   build         VARIANT=plain   what is installed: PIE, hardened; the unit programs
#   build/static  VARIANT=static  becomes build/bailiff-static
#   build/asan    VARIANT=asan    address and undefined sanitizers: the program, the unit programs
#   build/fuzz    VARIANT=fuzz    the same by clang, with libFuzzer: the fuzzers
# A room with generated parts brings enforcer/ROOM/rules.mk. It adds objects to ROOM_OBJS, and
# writes generated files below $(B)/gen: headers are named in GEN_HEADERS, and $(B)/gen/%.c is compiled
# to $(B)/gen/%.o here.
.DELETE_ON_ERROR:
.SUFFIXES:
.SECONDARY:
MAKEFLAGS += --no-builtin-rules --no-print-directory
V ?= 0
Q := $(if $(filter 1,$(V)),,@)
SAY := @printf '  %-7s %s\n'
B ?= build
VARIANT ?= plain

ifeq ($(origin CC),default)
CC := gcc
endif
CLANG ?= clang
PYTHON ?= python3
CFLAGS ?= $(OPTIMIZE_$(VARIANT))

WARN := -Wall -Wextra -Wconversion -Werror
HARDEN := -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -fstack-protector-strong -fstack-clash-protection
ifneq ($(filter x86_64 i%86,$(shell uname -m)),)
HARDEN += -fcf-protection
endif
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer

OPTIMIZE_plain := -O2 -g
OPTIMIZE_static := -O2
OPTIMIZE_asan := -O1 -g
OPTIMIZE_fuzz := -O1 -g
MORE_plain := $(HARDEN)
MORE_static := $(HARDEN) -ffunction-sections -fdata-sections -DBAILIFF_STATIC
# gcc sees uninitialized variables where there are none once it instruments.
MORE_asan := $(SANITIZE) -Wno-maybe-uninitialized
MORE_fuzz = $(SANITIZE) $(EXPLORE) -Wno-string-conversion
EXPLORE := -fsanitize=fuzzer-no-link
# A proof runs the same few instructions a million times: counting them finds nothing, and takes most of it.
$(B)/enforcer/filter/run.o $(B)/enforcer/filter/prove.o: private EXPLORE :=
RELRO := -Wl,-z,relro,-z,now,-z,noexecstack,-z,pack-relative-relocs
LINK_plain := -pie $(RELRO)
# Tables of pointers make most of its relocations; packed they take a sixth less of the program.
LINK_static := -static-pie $(RELRO) -Wl,--gc-sections,-z,pack-relative-relocs,--wrap=dlopen
LINK_asan := -pie
LINK_fuzz := -pie

CPPFLAGS_ALL = -D_GNU_SOURCE -I. -Iinclude -I$(B)/gen $(CPPFLAGS)
CFLAGS_ALL = -std=gnu11 $(WARN) $(CFLAGS) $(MORE_$(VARIANT)) -fPIE
LDFLAGS_ALL = $(CFLAGS_ALL) $(LINK_$(VARIANT)) $(LDFLAGS)
LIBS := -lyaml -ljansson -lsqlite3 -lm -lbpf -lelf -lz
TEST_LIBS := -lcriterion -lseccomp
HEADERS := yaml.h jansson.h sqlite3.h microhttpd.h bpf/libbpf.h libelf.h zlib.h

ROOM_SRCS := $(filter-out enforcer/commands/%,$(wildcard enforcer/*/*.c))
ROOM_OBJS := $(ROOM_SRCS:%.c=$(B)/%.o)
COMMAND_OBJS := $(patsubst %.c,$(B)/%.o,$(wildcard enforcer/commands/*.c))
UNIT_ROOMS := $(sort $(notdir $(patsubst %/,%,$(dir $(wildcard tests/*/test_*.c)))))
FUZZERS := $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
LIVE_TOOLS := $(patsubst tests/live/%.c,%,$(wildcard tests/live/*.c))
LAB_TOOLS := $(patsubst tests/lab/%.c,%,$(wildcard tests/lab/*.c)) \
	$(patsubst tests/lab/linked/%.c,%,$(wildcard tests/lab/linked/*.c))
BENCH_OBJS := $(patsubst %.c,$(B)/obj/%.o,$(wildcard tests/bench/*.c) tests/lsm/help_kernel.c)
MANS := $(wildcard enforcer/*.[15] enforcer/*/*.[15])
SCHEMAS := $(wildcard policies/*.schema.json enforcer/*/*.schema.json)
SCRIPTS := $(wildcard .ci/run tests/*.sh tests/*/*.sh examples/*.sh examples/*/*.sh)

# Several at once, unless the caller has already said how many.
PARALLEL = $(if $(findstring jobserver,$(MAKEFLAGS)),,-j$(shell nproc 2>/dev/null || echo 1))
SUBMAKE_asan = $(MAKE) $(if $(Q),-s) B=$(B)/asan VARIANT=asan
SUBMAKE_fuzz = $(MAKE) $(if $(Q),-s) B=$(B)/fuzz VARIANT=fuzz CC=$(CLANG)

.PHONY: all
all: $(B)/bailiff $(B)/bailiff-static ## build/bailiff, and build/bailiff-static for empty images

include $(wildcard enforcer/*/rules.mk tests/*/rules.mk)

# --- Objects -----------------------------------------------------------------------------------

$(B)/%.o: %.c $(B)/.flags
	@mkdir -p $(@D)
	$(SAY) CC $<
	$(Q)$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) -MMD -MP -c $< -o $@

$(B)/gen/%.o: $(B)/gen/%.c $(B)/.flags
	$(SAY) CC $<
	$(Q)$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) -MMD -MP -c $< -o $@

# Objects of tests: build/tests/base is a program, so they lie elsewhere.
$(B)/obj/%.o: %.c $(B)/.flags
	@mkdir -p $(@D)
	$(SAY) CC $<
	$(Q)$(CC) $(CPPFLAGS_ALL) -Itests $(CFLAGS_ALL) -MMD -MP -c $< -o $@

# Rewritten only when its text changes: other flags, or another list of files, build anew.
define stamp
@mkdir -p $(@D)
@printf '%s\n' '$(1)' | cmp -s - $@ || printf '%s\n' '$(1)' >$@
endef
$(B)/.flags: FORCE
	$(call stamp,$(CC) $(CPPFLAGS_ALL) $(LDFLAGS_ALL) $(LIBS))
$(B)/.objects: FORCE
	$(call stamp,$(ROOM_OBJS) $(COMMAND_OBJS))

$(ROOM_OBJS) $(COMMAND_OBJS) $(B)/enforcer/main.o: | $(B)/.ready $(GEN_HEADERS)
$(B)/.ready:
	@command -v $(firstword $(CC)) >/dev/null && command -v $(PYTHON) >/dev/null || { \
		echo "make: no $(firstword $(CC)) or no $(PYTHON) here; install them with: sudo make deps" >&2; exit 1; }
	@missing=; for h in $(HEADERS); do \
		printf '#include <stdio.h>\n#include <%s>\n' $$h | \
			$(CC) $(CPPFLAGS) -E -x c - >/dev/null 2>&1 || missing="$$missing $$h"; done; \
	[ -z "$$missing" ] || { \
		echo "make: headers are missing:$$missing; install them with: sudo make deps" >&2; exit 1; }
	@mkdir -p $(@D) && touch $@

# --- Programs ----------------------------------------------------------------------------------

$(B)/libbailiff.a: $(ROOM_OBJS) $(B)/.objects
	$(SAY) AR $@
	$(Q)rm -f $@ && ar rcs $@ $(filter %.o,$^)

$(B)/libcommands.a: $(COMMAND_OBJS) $(B)/.objects
	$(SAY) AR $@
	$(Q)rm -f $@ && ar rcs $@ $(filter %.o,$^)

ARCHIVES := $(B)/libcommands.a $(B)/libbailiff.a

$(B)/bailiff: $(B)/enforcer/main.o $(ARCHIVES)
	$(SAY) LD $@
	$(Q)$(CC) $(LDFLAGS_ALL) $^ $(LIBS) -o $@

.PHONY: static
static: ; +@$(MAKE) $(if $(Q),-s) B=$(B)/static VARIANT=static $(B)/static/bailiff
$(B)/bailiff-static: static
	$(Q)[ $@ -nt $(B)/static/bailiff ] || strip -s -o $@ $(B)/static/bailiff

# One Criterion program a room: tests/ROOM/test_*.c, with what help_*.c beside them shares.
define unit_program
$(B)/tests/$(1): $$(patsubst %.c,$(B)/obj/%.o,$$(wildcard tests/$(1)/test_*.c tests/$(1)/help_*.c)) \
		$(if $(filter commands,$(1)),$(B)/libcommands.a) $(B)/libbailiff.a
	@mkdir -p $$(@D)
	$$(SAY) LD $$@
	$$(Q)$$(CC) $$(LDFLAGS_ALL) $$^ $$(TEST_LIBS) $$(LIBS) -o $$@
endef
$(foreach room,$(UNIT_ROOMS),$(eval $(call unit_program,$(room))))
.PHONY: units
units: $(UNIT_ROOMS:%=$(B)/tests/%)

$(B)/fuzz_%: $(B)/obj/tests/fuzz/fuzz_%.o $(B)/libbailiff.a
	$(SAY) LD $@
	$(Q)$(CC) $(LDFLAGS_ALL) -fsanitize=fuzzer $^ $(LIBS) -o $@
.PHONY: fuzzers
fuzzers: $(FUZZERS:%=$(B)/%)

# What live tests run under a policy: static, so that it works in an empty image too.
$(B)/live/%: tests/live/%.c $(B)/.flags
	@mkdir -p $(@D)
	$(SAY) LD $@
	$(Q)$(CC) $(CPPFLAGS_ALL) -std=gnu11 $(WARN) -O1 -g -MMD -MP -MF $@.d -static $< -pthread -o $@

# All attacks in one program, static too.
$(B)/attacks: $(wildcard tests/attacks/*.[ch] tests/attacks/driver/*.[ch] tests/common/tiny.h) $(B)/.flags
	$(SAY) LD $@
	$(Q)$(CC) $(CPPFLAGS_ALL) -std=gnu11 $(WARN) -O1 -g -static $(filter %.c,$^) -pthread -o $@

# What runs in the guests of the lab: static, for there is little else in them.
$(B)/lab/%: tests/lab/%.c $(B)/.flags
	@mkdir -p $(@D)
	$(SAY) LD $@
	$(Q)$(CC) $(CPPFLAGS_ALL) -std=gnu11 $(WARN) -O1 -g -MMD -MP -MF $@.d -static $< -pthread -o $@

# The same, with bailiff's own rooms.
$(B)/lab/%: tests/lab/linked/%.c static
	@mkdir -p $(@D)
	$(SAY) LD $@
	$(Q)$(CC) $(CPPFLAGS_ALL) -std=gnu11 $(WARN) -O1 -g -static $< $(B)/static/libbailiff.a $(LIBS) -o $@

$(B)/bench: $(BENCH_OBJS) $(B)/libbailiff.a
	$(SAY) LD $@
	$(Q)$(CC) $(LDFLAGS_ALL) $(filter %.o %.a,$^) -lseccomp -pthread $(LIBS) -o $@

# --- Tests -------------------------------------------------------------------------------------

.PHONY: deps test programs unit asan fuzz attacks mutation soak faults demo bench
deps: ## install missing packages with apt-get; FOR="build test demo bench lint" (FOR=build)
	@sh tests/common/deps.sh $(or $(FOR),build)

programs: all units $(B)/attacks $(LIVE_TOOLS:%=$(B)/live/%) $(LAB_TOOLS:%=$(B)/lab/%)
	+@$(SUBMAKE_asan) units $(B)/asan/bailiff
	+@$(SUBMAKE_fuzz) fuzzers

test: ## install what is missing, build, pass every test; ONLY=NAME runs those whose name has NAME
	@sh tests/common/deps.sh build test
	@echo "building: plain, static, sanitized, fuzzers (V=1 shows the commands)"
	@$(MAKE) $(if $(Q),-s) $(PARALLEL) programs $(if $(Q),SAY=@:)
	@B='$(B)' $(PYTHON) tests/run.py $(ONLY)

unit: ## only the unit programs, quickly: nothing installed, nothing sanitized; ONLY=ROOM
	@$(MAKE) $(if $(Q),-s) $(PARALLEL) $(if $(ONLY),$(B)/tests/$(ONLY),units)
	@B='$(B)' $(PYTHON) tests/run.py unit/$(ONLY)

asan: ## the program and the unit programs with AddressSanitizer and UBSan, and run them
	+@$(SUBMAKE_asan) $(PARALLEL) units $(B)/asan/bailiff
	@B='$(B)' $(PYTHON) tests/run.py asan/

fuzz: ## the fuzzers, a minute each (BAILIFF_FUZZ_SECONDS=60), the same walk each time (BAILIFF_SEED=1)
	@sh tests/common/deps.sh build test
	+@$(SUBMAKE_fuzz) $(PARALLEL) fuzzers
	@B='$(B)' $(PYTHON) tests/run.py fuzz/

attacks: ## every attack against every plane, in guests too, and the table in the README anew
	@sh tests/common/deps.sh build test
	@$(MAKE) $(if $(Q),-s) $(PARALLEL) all $(B)/attacks $(B)/lab/init $(B)/live/contained $(if $(Q),SAY=@:)
	@B='$(B)' $(PYTHON) tests/run.py live/attacks live/container-attacks lab/attacks
	@$(PYTHON) tests/attacks/readme.py $(B)/attacks README.md

# Units are linked anew, one changed object at a time; those of BUILD are what is not changed in them.
MUTATION_NEEDS = $(B)/bailiff $(B)/bailiff-static units $(B)/lab/landlock $(B)/live/operate $(B)/live/probe
mutation: ## change the compiler, the verdict and the matcher 240 times: do tests notice? COUNT=, SEED=
	@sh tests/common/deps.sh build test
	@$(MAKE) $(if $(Q),-s) $(PARALLEL) $(MUTATION_NEEDS) $(if $(Q),SAY=@:)
	@B='$(B)' $(PYTHON) tests/mutation/mutation.py --count $(or $(COUNT),240) --seed $(or $(SEED),1) $(MUTATION)

faults: ## each system call of run, load, unload goes wrong in each way, one at a time: hours; FIRST=N CHANGES=N
	@sh tests/common/deps.sh build test
	@$(MAKE) $(if $(Q),-s) $(PARALLEL) all $(FAULT_TOOLS) $(B)/lab/init $(B)/lab/pins $(B)/live/probe $(if $(Q),SAY=@:)
	@echo "how far it is: tail -f $(B)/test-logs/*faults*.log"
	@B='$(B)' BAILIFF_FAULTS=long BAILIFF_FAULTS_FIRST='$(FIRST)' BAILIFF_FAULTS_CHANGES='$(CHANGES)' \
		$(PYTHON) tests/run.py $(or $(ONLY),faults)

demo: ## install what is missing, build, and show a real entrypoint under a real policy
	@sh tests/common/deps.sh build demo
	@$(MAKE) $(if $(Q),-s) $(PARALLEL) all
	@BAILIFF=$(B)/bailiff bash examples/demo.sh

bench: ## the figures, each beside its peer; the host plane's are counted in guests, for some minutes
	@sh tests/common/deps.sh build bench
	@$(MAKE) $(if $(Q),-s) $(PARALLEL) all $(B)/bench $(B)/lab/init $(B)/lab/cost
	@$(B)/bench $(B)/bailiff
	@$(PYTHON) tests/bench/confined.py $(B)/bailiff-static $(B)/bench
	@BAILIFF_BUILD=$(B) $(PYTHON) tests/bench/host.py $(B)/bailiff-static

MINUTES ?= 120
KERNEL ?= 6.12
soak: ## policies that come and go in a guest for two hours: does anything grow? MINUTES=120 KERNEL=6.12
	@sh tests/common/deps.sh build test
	@$(MAKE) $(if $(Q),-s) $(PARALLEL) $(SOAK_PROGRAMS) $(B)/lab/init $(B)/lab/pins $(if $(Q),SAY=@:)
	@BAILIFF_BUILD=$(B) $(PYTHON) tests/soak/soak.py $(MINUTES) --kernel $(KERNEL)

.PHONY: flood
flood: ## floods of COUNT=10000000 violations, natively and in a guest (for an hour): exact counts, speed beside
	@sh tests/common/deps.sh build test
	@$(MAKE) $(if $(Q),-s) $(PARALLEL) all $(B)/live/flood $(B)/lab/init
	@native=0; $(PYTHON) tests/flood/native.py $(B)/bailiff-static $(B)/live/flood $(or $(COUNT),10000000) || native=1; \
		BAILIFF_BUILD=$(B) $(PYTHON) tests/flood/guest.py $(B)/bailiff-static $(B)/live/flood $(or $(COUNT),10000000) && \
		[ $$native = 0 ]

# --- Style -------------------------------------------------------------------------------------

C_SRCS := $(wildcard enforcer/*.c enforcer/*/*.c)
C_ALL := $(C_SRCS) $(wildcard enforcer/*/*.h include/bailiff/*.h tests/*/*.c tests/*/*.h tests/attacks/driver/*.[ch] bpf/*.[ch])
TIDY_STAMPS := $(C_SRCS:%=$(B)/tidy/%)

.PHONY: lint lint-run cppcheck syntax format format-check
lint: ## clang-tidy, cppcheck, clang-format --dry-run, and the scripts' syntax
	@sh tests/common/deps.sh build lint
	@$(MAKE) $(if $(Q),-s) $(PARALLEL) $(ARCHIVES)
	@$(MAKE) $(if $(Q),-s) $(PARALLEL) lint-run
lint-run: format-check $(TIDY_STAMPS) cppcheck syntax
cppcheck:
	$(SAY) CPPCHECK enforcer
	$(Q)cppcheck --quiet --std=c11 --enable=warning,performance,portability --error-exitcode=1 \
		--inline-suppr --suppress=memleak --suppress=resourceLeak --suppress=missingInclude --suppress=missingIncludeSystem \
		-D_GNU_SOURCE -D__x86_64__ '-DLIBBPF_OPTS(T,N,...)=struct T N = {.sz = sizeof(struct T), __VA_ARGS__}' \
		-Iinclude -I$(B)/gen enforcer tests/live tests/fuzz 2>&1
syntax:
	$(SAY) SYNTAX scripts
	$(Q)for s in $(SCRIPTS); do case "$$(head -1 $$s)" in *bash*) bash -n $$s;; *) sh -n $$s;; esac \
		|| exit 1; done
	$(Q)$(PYTHON) -c 'import ast, sys; [ast.parse(open(f).read(), f) for f in sys.argv[1:]]' \
		$(wildcard tests/*.py tests/*/*.py enforcer/*/*.py)

$(B)/tidy/%: % .clang-tidy $(wildcard include/bailiff/*.h enforcer/*/*.h)
	@mkdir -p $(@D)
	$(SAY) TIDY $<
	$(Q)clang-tidy --quiet $< -- $(CPPFLAGS_ALL) -std=gnu11 -include tests/common/tidy.h 2>$@.log || { cat $@.log; exit 1; }
	@touch $@

format-check:
	$(SAY) FORMAT check
	$(Q)clang-format --dry-run --Werror $(C_ALL)
format: ## rewrite the C sources with clang-format
	$(Q)clang-format -i $(C_ALL)

# --- Install -----------------------------------------------------------------------------------

PREFIX ?= /usr/local
BINDIR ?= $(PREFIX)/bin
MANDIR ?= $(PREFIX)/share/man
DOCDIR ?= $(PREFIX)/share/doc/bailiff
SCHEMADIR ?= $(PREFIX)/share/bailiff
COMPLETIONDIR ?= $(PREFIX)/share/bash-completion/completions
POLICYDIR ?= /usr/share/bailiff/policies
INSTALLED = $(BINDIR)/bailiff $(BINDIR)/bailiff-static $(COMPLETIONDIR)/bailiff \
	$(foreach m,$(MANS),$(MANDIR)/man$(subst .,,$(suffix $(m)))/$(notdir $(m))) \
	$(SCHEMAS:%=$(SCHEMADIR)/$(notdir %)) \
	$(patsubst policies/%,$(POLICYDIR)/%,$(wildcard policies/*.yaml)) \
	$(patsubst examples/%,$(DOCDIR)/examples/%,$(shell find examples -type f 2>/dev/null))

OWN_DIRS = $(patsubst examples%,$(DOCDIR)/examples%,$(shell find examples -depth -type d 2>/dev/null)) \
	$(DOCDIR) $(SCHEMADIR) $(POLICYDIR) $(patsubst %/,%,$(dir $(POLICYDIR)))

.PHONY: install uninstall
# Builds nothing that is there: `make && sudo make install`.
install: all ## DESTDIR=, PREFIX=/usr/local; shipped policies go to /usr/share/bailiff/policies
	$(Q)install -D -m 755 $(B)/bailiff $(DESTDIR)$(BINDIR)/bailiff
	$(Q)install -D -m 755 $(B)/bailiff-static $(DESTDIR)$(BINDIR)/bailiff-static
	$(Q)install -d $(DESTDIR)$(COMPLETIONDIR)
	$(Q)$(B)/bailiff --bash-completion >$(DESTDIR)$(COMPLETIONDIR)/bailiff
	$(Q)set -e; for m in $(MANS); do \
		install -D -m 644 $$m $(DESTDIR)$(MANDIR)/man$${m##*.}/$${m##*/}; done
	$(Q)set -e; for s in $(SCHEMAS); do \
		install -D -m 644 $$s $(DESTDIR)$(SCHEMADIR)/$${s##*/}; done
	$(Q)set -e; for p in $(wildcard policies/*.yaml); do \
		install -D -m 644 $$p $(DESTDIR)$(POLICYDIR)/$${p##*/}; done
	$(Q)set -e; find examples -type f 2>/dev/null | while read -r e; do \
		mode=644; [ ! -x $$e ] || mode=755; \
		install -D -m $$mode $$e $(DESTDIR)$(DOCDIR)/$$e; done
	$(SAY) INSTALL $(DESTDIR)$(BINDIR)/bailiff

uninstall: ## remove what install put there
	$(Q)rm -f $(INSTALLED:%=$(DESTDIR)%)
	$(Q)rmdir $(OWN_DIRS:%=$(DESTDIR)%) 2>/dev/null || true

.PHONY: clean help FORCE
clean: ## remove build/
	$(Q)rm -rf $(B)

help: ## this list
	@sed -n 's/^\([a-z]*\):[^#]*## /\1\t/p' Makefile | sort | \
		while IFS="$$(printf '\t')" read -r t d; do printf '  make %-10s %s\n' "$$t" "$$d"; done

-include $(shell find $(B)/enforcer $(B)/gen $(B)/obj $(B)/live $(B)/lab -name '*.d' 2>/dev/null)
