# SPDX-License-Identifier: Apache-2.0
# What lets calls go wrong, and what is started under a policy meanwhile; for guests too.
FAULT_TOOLS := $(B)/faults/inject $(B)/faults/witness
programs: $(FAULT_TOOLS)

$(B)/faults/%: tests/faults/%.c $(wildcard tests/faults/*.h) static
	@mkdir -p $(@D)
	$(SAY) LD $@
	$(Q)$(CC) $(CPPFLAGS_ALL) -std=gnu11 $(WARN) -O1 -g -static $< $(B)/static/libbailiff.a $(LIBS) -o $@
