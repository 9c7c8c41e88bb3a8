# bailiff: `make help` lists the targets.
.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules
V ?= 0
Q := $(if $(filter 1,$(V)),,@)
B ?= build

CC ?= gcc
ifeq ($(origin CC),default)
CC := gcc
endif
WARN := -Wall -Wextra -Wconversion -Werror
HARDEN := -fstack-protector-strong -D_FORTIFY_SOURCE=3 -fcf-protection -fstack-clash-protection
CFLAGS ?= -O2 -g
CPPFLAGS_ALL = -D_GNU_SOURCE -Iinclude -I$(B)/gen $(CPPFLAGS)
CFLAGS_ALL = -std=gnu11 $(WARN) $(CFLAGS) $(HARDEN) -fPIE -MMD -MP
LIBS := -lseccomp -lyaml -ljansson -lz

ROOM_SRCS := $(filter-out enforcer/main.c enforcer/commands/%,$(wildcard enforcer/*/*.c))
PROG_SRCS := $(wildcard enforcer/commands/*.c) $(wildcard enforcer/main.c)
ROOM_OBJS := $(ROOM_SRCS:%.c=$(B)/%.o)
PROG_OBJS := $(PROG_SRCS:%.c=$(B)/%.o)
UNIT_SRCS := $(wildcard tests/*/test_*.c)

# A room with generated parts brings a fragment: it adds to ROOM_OBJS.
.DEFAULT_GOAL := all
include $(wildcard enforcer/*/rules.mk)

.PHONY: all
all: $(B)/bailiff

$(B)/%.o: %.c
	@mkdir -p $(@D)
	@echo "  CC      $<"
	$(Q)$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) -c $< -o $@

$(B)/libbailiff.a: $(ROOM_OBJS)
	@echo "  AR      $@"
	$(Q)rm -f $@ && ar rcs $@ $^

$(B)/bailiff: $(PROG_OBJS) $(B)/libbailiff.a
	@echo "  LD      $@"
	$(Q)$(CC) $(CFLAGS_ALL) -pie -Wl,-z,relro,-z,now $^ $(LIBS) -o $@

# One Criterion program a room: tests/ROOM/test_*.c -> build/tests/ROOM
-include $(shell find $(B) -name '*.d' 2>/dev/null)
