/* SPDX-License-Identifier: Apache-2.0 */
/*
 * metric_form.h - the two forms of a page of metrics (prometheus.io, exposition formats; openmetrics.io). They differ in
 * the name of a counter's family and in the end of a page.
 *
 *     MB_METRIC_TEXT   text/plain; version=0.0.4       # TYPE x_total counter   x_total 1
 *     MB_METRIC_OPEN   application/openmetrics-text    # TYPE x counter         x_total 1 ... # EOF
 *
 * Thread: any.
 */
#ifndef MB_BROKER_METRIC_FORM_H
#define MB_BROKER_METRIC_FORM_H

#include "base/buf.h"
#include "base/str.h"

enum mb_metric_form { MB_METRIC_TEXT, MB_METRIC_OPEN };

/* What a client that says so accepts; "": the text. */
enum mb_metric_form mb_metric_form_of(struct rmqi_str accept);
/* Of the whole page. */
const char *mb_metric_content_type(enum mb_metric_form form);
void mb_metric_end(enum mb_metric_form form, struct rmqi_buf *out);

/* Lines HELP and TYPE of a family. The name of a counter ends with _total. */
void mb_metric_write_head(struct rmqi_buf *out, enum mb_metric_form form, const char *name,
			  const char *type, const char *help);
/* name="value", with what must be escaped. */
void mb_metric_write_label(struct rmqi_buf *out, const char *name, struct rmqi_str value);

#endif
