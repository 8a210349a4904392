/* SPDX-License-Identifier: Apache-2.0 */
/* page.c - the page for people: status_page.html, which the build turns into lines of C. */
#include "mock-broker/control/handlers.h"

static const char *const lines[] = {
#include "mock-broker/control/status_page.inc"
};

enum rmq_error mb_control_status_page(struct mb_ask *a)
{
	for (size_t i = 0; i < RMQI_COUNT(lines); i++)
		rmqi_buf_add_text(a->out, lines[i]);
	a->type = "text/html; charset=utf-8";
	return RMQ_OK;
}
