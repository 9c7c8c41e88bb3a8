# SPDX-License-Identifier: Apache-2.0
# The page becomes C.
ROOM_OBJS += $(B)/gen/page.o

$(B)/gen/page.c: enforcer/report/gen-page.py $(wildcard enforcer/report/page/page.*)
	@mkdir -p $(@D)
	$(SAY) GEN $@
	$(Q)$(PYTHON) $< enforcer/report/page $@
