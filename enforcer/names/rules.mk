# SPDX-License-Identifier: Apache-2.0
# The tables of system calls and constants are written from enforcer/names/data.
PYTHON ?= python3
ROOM_OBJS += $(B)/gen/names_tables.o

$(B)/gen/names_tables.c: enforcer/names/gen.py enforcer/names/facts.py $(wildcard enforcer/names/data/*.tsv)
	@mkdir -p $(@D)
	$(SAY) GEN $@
	$(Q)$(PYTHON) enforcer/names/gen.py enforcer/names/data $@

$(B)/gen/names_tables.o: $(B)/gen/names_tables.c enforcer/names/tables.h
	$(SAY) CC $@
	$(Q)$(CC) $(CPPFLAGS_ALL) -Ienforcer/names $(CFLAGS_ALL) -c $< -o $@
