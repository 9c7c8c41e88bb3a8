/* SPDX-License-Identifier: Apache-2.0 */
#include "commands.h"

const struct command *const command_table[] = {
	&command_run,	 &command_check,   &command_compile, &command_explain,
	&command_import, &command_probe,   &command_load,    &command_unload,
	&command_mode,	 &command_confirm, &command_loaded,  &command_watch,
	&command_guard,	 &command_report,  &command_store,   NULL,
};
