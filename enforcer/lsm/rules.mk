# SPDX-License-Identifier: Apache-2.0
# The kernel's side of the host plane: compiled once for all variants, put into the program, compressed.
BPF_CLANG ?= clang
LLVM_STRIP ?= llvm-strip
BPF_ARCH := $(shell $(CC) -print-multiarch 2>/dev/null)
ROOM_OBJS += $(B)/gen/lsm_object.o

$(B)/gen/bailiff.bpf.o: $(wildcard bpf/*.c bpf/*.h) include/bailiff/abi.h
	@mkdir -p $(@D)
	$(SAY) BPF $@
	$(Q)$(BPF_CLANG) -O2 -g -target bpf -mcpu=v3 -Wall -Wextra -Werror -Wno-unused-function \
		-I. -Iinclude -isystem /usr/include/$(BPF_ARCH) -c bpf/bailiff.bpf.c -o $@
	$(Q)$(LLVM_STRIP) -g $@

# A third of the program as it is, a tenth so; inflated when it is loaded, which `run` never does.
$(B)/gen/bailiff.bpf.z: $(B)/gen/bailiff.bpf.o
	$(Q)$(PYTHON) -c 'import sys, zlib; \
		open(sys.argv[2], "wb").write(zlib.compress(open(sys.argv[1], "rb").read(), 9))' $< $@

$(B)/gen/lsm_object.S: $(B)/gen/bailiff.bpf.z enforcer/lsm/rules.mk
	$(Q)printf '%s\n' '.section .rodata' '.balign 16' \
		'.global lsm_object, lsm_object_end, lsm_object_bytes' \
		'lsm_object:' '.incbin "$<"' 'lsm_object_end:' '.balign 8' \
		"lsm_object_bytes: .quad $$(wc -c <$(B)/gen/bailiff.bpf.o)" \
		'.section .note.GNU-stack,"",@progbits' >$@

$(B)/gen/lsm_object.o: $(B)/gen/lsm_object.S
	$(SAY) AS $@
	$(Q)$(CC) -c $< -o $@
