/* SPDX-License-Identifier: Apache-2.0 */
/* The same policies by chance as the tests of ruleset/ have. */
#include "../ruleset/help_generate.c"
