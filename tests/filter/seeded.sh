#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Faults seeded into a copy of the compiler, one at a time, must be found by the proof.
# timeout: 600
. "$(dirname "$0")/../common/lib.sh"

have gcc || skip_all "gcc is not installed"
# Of the rest only what it needs: what is defined already is not taken from there.
rest=$BAILIFF_BUILD/libbailiff.a
options="-std=gnu11 -D_GNU_SOURCE -O1 -Iinclude -Itests/filter"

# build_and_prove DIRECTORY: the prover's status, 3 when the compiler of that directory does not build
build_and_prove() {
	# shellcheck disable=SC2086
	gcc $options -I"$1" tests/filter/seeded.c "$1"/*.c "$rest" -lcriterion -lseccomp -lyaml -ljansson -lbpf -lelf -lz \
		-o "$1/seeded" 2>"$1/log" || return 3
	"$1/seeded"
}

# seed NAME FILE SED-EXPRESSION
seed() {
	rm -rf "$TMPDIR/filter"
	cp -r enforcer/filter "$TMPDIR/filter"
	sed -i "$3" "$TMPDIR/filter/$2"
	if cmp -s "enforcer/filter/$2" "$TMPDIR/filter/$2"; then
		fail "$1" "the expression changes nothing in $2 any more"
		return
	fi
	status=0
	build_and_prove "$TMPDIR/filter" || status=$?
	expect "$1" 1 "$status"
}

cp -r enforcer/filter "$TMPDIR/whole"
status=0
build_and_prove "$TMPDIR/whole" || status=$?
expect "the compiler as it is passes" 0 "$status"

seed "the upper half of a wide value is forgotten" graph.c 's/^\tif (high_mask)$/\tif (0)/'
seed "the lower half of bit tests is forgotten" graph.c '/cond->n_values == 1 && values\[0\] == 0/,/return yes/s/if (low_mask)/if (0)/'
seed "NOT_IN is taken for IN" graph.c 's/return cond_in(graph, cond, values, no, yes);/return cond_in(graph, cond, values, yes, no);/'
seed "a range loses its last value" graph.c 's/high != UINT32_MAX)$/high != UINT32_MAX \&\& high--)/'
seed "a wide range keeps no middle" graph.c 's/parts\[n++\] = (struct interval){low_high + 1, yes, 1};/parts[n++] = (struct interval){low_high + 1, no, 1};/'
seed "a single-bit test is taken for any bit" graph.c 's/ && (mask & (mask - 1)) == 0)/)/'
seed "the mask is left out" emit.c 's/if (node->mask != UINT32_MAX)/if (0)/'
seed "a load is left out though A holds another word" emit.c 's/from->word == to->word/1/'
seed "a load is left out though A is masked otherwise" emit.c 's/from->mask == to->mask/1/'
seed "the branches of a test are swapped" emit.c 's/to_yes, to_no, node->k/to_no, to_yes, node->k/'
seed "a long jump is cut to 8 bits" emit.c 's/#define REACH 255u/#define REACH 300u/'
seed "equal-looking nodes are shared" graph.c 's/a->k == b->k &&/1 \&\&/'
seed "a chain leaves its last value out" tree.c 's/node_id node = rest;/node_id node = rest; n = n; first = first;/; s/while (n-- > 0)/while (n-- > 1)/'
seed "a split is one too far" tree.c 's/plan->in\[split\].start, build/plan->in[split].start + 1, build/'
seed "the first match that holds does not end its class" compile.c 's/yes = build_call(c, call, after,/yes = build_call(c, call, next + 1,/'
seed "the class default is forgotten" compile.c 's/if (!call->n_matches || /if (0 \&\& /'
seed "the laxer of two classes decides" compile.c 's/return b.action > a.action ? b : a;/return b.action < a.action ? b : a;/'
seed "x32 is taken for x86_64" compile.c 's/!c->policy->abi\[arch\].governed/0/'
seed "numbers behind a call are taken for it" compile.c 's/add_interval(c, abi->calls\[i\].nr + 1, unknown, 0);/;/'
seed "alternatives lose one value" compile.c 's/sort_unique(values, count);/sort_unique(values + 1, count - 1);/'
