# SPDX-License-Identifier: Apache-2.0
# The policies inside the program are written from policies/. The list of files is an input too:
# a policy that is taken away must go.
PYTHON ?= python3
ROOM_OBJS += $(B)/gen/policy_shipped.o
SHIPPED := $(sort $(wildcard policies/*.yaml))

$(B)/gen/policy_shipped.list: FORCE
	@mkdir -p $(@D)
	@echo "$(SHIPPED)" | cmp -s - $@ || echo "$(SHIPPED)" > $@

$(B)/gen/policy_shipped.c: enforcer/policy/gen-shipped.py $(SHIPPED) $(B)/gen/policy_shipped.list
	$(SAY) GEN $@
	$(Q)$(PYTHON) enforcer/policy/gen-shipped.py $@ $(SHIPPED)

$(B)/gen/policy_shipped.o: $(B)/gen/policy_shipped.c include/bailiff/policy.h
	$(SAY) CC $@
	$(Q)$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) -c $< -o $@

.PHONY: FORCE
FORCE:
