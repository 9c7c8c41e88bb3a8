/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of the service's socket, from anybody. What is understood is a name and a hash, as `run` would
 * have written them. */
#include <stdlib.h>
#include <string.h>

#include "bailiff/service.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char line[SERVICE_REQUEST], *copy = malloc(size ? size : 1); /* of just this size */
	struct service_request request;

	if (!copy)
		return 0;
	memcpy(copy, data, size);
	if (service_parse(copy, size, &request) == 0) {
		service_ask(request.name, request.hash, line);
		if (strlen(line) != size + 1 || memcmp(line, data, size) != 0)
			abort();
	}
	free(copy);
	return 0;
}
