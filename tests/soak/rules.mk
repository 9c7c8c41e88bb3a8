# SPDX-License-Identifier: Apache-2.0
# The soak: hours of policies that come and go under a load, in a guest (soak.py).
SOAK_PROGRAMS := $(B)/soak/load $(B)/soak/nothing $(B)/soak/bailiff
programs: $(SOAK_PROGRAMS)

$(B)/soak/load $(B)/soak/nothing: $(B)/soak/%: tests/soak/%.c $(B)/.flags
	@mkdir -p $(@D)
	$(SAY) LD $@
	$(Q)$(CC) $(CPPFLAGS_ALL) -std=gnu11 $(WARN) -O1 -g -MMD -MP -MF $@.d -static $< -pthread -o $@

$(B)/soak/bailiff: tests/soak/small_store.c static
	@mkdir -p $(@D)
	$(SAY) LD $@
	$(Q)$(CC) $(CPPFLAGS_ALL) -std=gnu11 $(WARN) $(OPTIMIZE_static) $(MORE_static) -fPIE $(LINK_static) \
		-Wl,--wrap=store_open $< $(B)/static/enforcer/main.o $(B)/static/libcommands.a $(B)/static/libbailiff.a $(LIBS) -s -o $@
