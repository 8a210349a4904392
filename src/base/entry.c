/* SPDX-License-Identifier: Apache-2.0 */
#include "base/entry.h"

#include <stdarg.h>

bool rmqi_entry_refuse(struct rmqi_entry *e, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	e->error = rmqi_detail_vset(e->detail, RMQ_ERR_INVALID_ARGUMENT, RMQ_ERROR_FATAL, format,
				    args);
	va_end(args);
	return false;
}

bool rmqi_entry_refuse_child(struct rmqi_entry *e)
{
	e->error = rmqi_detail_set(e->detail, RMQ_ERR_FORKED, RMQ_ERROR_FATAL,
				   "%s: it was made before a fork, and this is the child, which "
				   "needs one of its own",
				   e->function);
	return false;
}
