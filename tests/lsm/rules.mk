# SPDX-License-Identifier: Apache-2.0
# What tests run in this machine's kernel; in the plain build, for all variants.
$(B)/gen/test.bpf.o: $(wildcard bpf/*.c bpf/*.h) include/bailiff/abi.h
	@mkdir -p $(@D)
	$(SAY) BPF $@
	$(Q)$(BPF_CLANG) -O2 -g -target bpf -mcpu=v3 -Wall -Wextra -Werror -Wno-unused-function \
		-I. -Iinclude -isystem /usr/include/$(BPF_ARCH) -c bpf/test.bpf.c -o $@
	$(Q)$(LLVM_STRIP) -g $@

ifeq ($(VARIANT),plain)
$(B)/tests/lsm $(B)/bench: | $(B)/gen/test.bpf.o
endif
