/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/broker/metric_form.h"

#include <string.h>

#define OPEN_TYPE "application/openmetrics-text"

/* Whatever its q says: who names it can read it. */
enum mb_metric_form mb_metric_form_of(struct rmqi_str accept)
{
	struct rmqi_str one;
	bool more = accept.len > 0;

	while (more) {
		accept = rmqi_str_cut(accept, ",", &one, &more);
		if (rmqi_str_has_prefix(rmqi_str_trim(one), OPEN_TYPE))
			return MB_METRIC_OPEN;
	}
	return MB_METRIC_TEXT;
}

const char *mb_metric_content_type(enum mb_metric_form form)
{
	return form == MB_METRIC_OPEN ? OPEN_TYPE "; version=1.0.0; charset=utf-8"
				      : "text/plain; version=0.0.4; charset=utf-8";
}

void mb_metric_end(enum mb_metric_form form, struct rmqi_buf *out)
{
	if (form == MB_METRIC_OPEN)
		rmqi_buf_add_text(out, "# EOF\n");
}

void mb_metric_write_head(struct rmqi_buf *out, enum mb_metric_form form, const char *name,
			  const char *type, const char *help)
{
	int len = (int)strlen(name);

	if (form == MB_METRIC_OPEN && strcmp(type, "counter") == 0)
		len -= (int)strlen("_total");
	rmqi_buf_addf(out, "# HELP %.*s %s\n# TYPE %.*s %s\n", len, name, help, len, name, type);
}

void mb_metric_write_label(struct rmqi_buf *out, const char *name, struct rmqi_str value)
{
	rmqi_buf_addf(out, "%s=\"", name);
	for (size_t i = 0; i < value.len; i++) {
		char c = value.ptr[i];

		if (c == '\n') {
			rmqi_buf_add_text(out, "\\n");
			continue;
		}
		if (c == '"' || c == '\\')
			rmqi_buf_add_u8(out, '\\');
		rmqi_buf_add_u8(out, (uint8_t)c);
	}
	rmqi_buf_add_u8(out, '"');
}
