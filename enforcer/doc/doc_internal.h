/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BAILIFF_DOC_INTERNAL_H
#define BAILIFF_DOC_INTERNAL_H

#include <yaml.h>

#include "bailiff/doc.h"

/* Checks what libyaml would not, or would only say badly: UTF-16, NUL bytes, bad UTF-8. */
int doc_check_text(const char *text, size_t length, const char *file, struct diag *diag);

/* Says in plain words what libyaml stopped at. -EINVAL or -ENOMEM. */
int doc_explain(const yaml_parser_t *parser, const char *text, size_t length, const char *file,
		struct diag *diag);

#endif
