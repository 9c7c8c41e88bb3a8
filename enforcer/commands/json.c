/* SPDX-License-Identifier: Apache-2.0 */
/* JSON as commands print it: one value after the other. Texts may come from files and programs. */
#include <string.h>

#include "commands.h"

void command_json_text(const char *text, FILE *out)
{
	const unsigned char *p = (const unsigned char *)text;
	char bytes[8];

	if (!text) {
		fputs("null", out);
		return;
	}
	fputc('"', out);
	if (utf8_valid(text, strlen(text))) {
		for (; *p; p++) {
			if (*p == '"' || *p == '\\')
				fprintf(out, "\\%c", *p);
			else if (*p < 0x20 || *p == 0x7f)
				fprintf(out, "\\u%04x", *p);
			else
				fputc(*p, out);
		}
	} else {
		for (; *p; p++) {
			snprintf(bytes, sizeof(bytes), *p < 0x20 || *p > 0x7e ? "\\\\x%02x" : "%c",
				 *p);
			fputs(*p == '"' ? "\\\"" : *p == '\\' ? "\\\\" : bytes, out);
		}
	}
	fputc('"', out);
}
