/* SPDX-License-Identifier: Apache-2.0 */
#include "base/detail_out.h"

#include <stdarg.h>

enum rmq_error rmqi_detail_argument(struct rmq_error_detail **out, const char *format, ...)
{
	struct rmq_error_detail *d = rmqi_detail_begin(out);
	va_list args;

	va_start(args, format);
	rmqi_detail_vset(d, RMQ_ERR_INVALID_ARGUMENT, RMQ_ERROR_FATAL, format, args);
	va_end(args);
	return rmqi_detail_end(out, d, RMQ_ERR_INVALID_ARGUMENT);
}
