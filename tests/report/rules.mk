# SPDX-License-Identifier: Apache-2.0
# What the scripts of this room make stores with.
programs: $(B)/make-store

$(B)/make-store: $(B)/obj/tests/report/make_store.o $(B)/libbailiff.a
	$(SAY) LD $@
	$(Q)$(CC) $(LDFLAGS_ALL) $^ $(LIBS) -o $@
