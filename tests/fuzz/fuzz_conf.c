/* SPDX-License-Identifier: Apache-2.0 */
/* The file of a broker, and that of a name server: a refusal has a sentence, and what is read is shown and read again. */
#include <stdlib.h>
#include <string.h>

#include "base/detail.h"
#include "base/mem.h"
#include "mock-broker/broker/config.h"
#include "mock-broker/namesrv/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool holds)
{
	if (!holds)
		abort();
}

/* Refuses with a sentence, or not at all. */
static bool reads(const struct mb_conf *conf, void *settings, struct rmqi_str text)
{
	struct rmq_error_detail *detail = rmqi_detail_new();
	enum rmq_error err = mb_conf_parse(conf, settings, text, "fuzz", detail);

	demand(err == RMQ_OK || err == RMQ_ERR_CONFIG);
	demand(err == RMQ_OK || strlen(rmq_error_detail_message(detail)) > 0);
	rmqi_detail_discard(detail);
	return err == RMQ_OK;
}

/* Secrets are shown without their value, so twice. */
static void show(const struct mb_conf *conf, const void *settings, struct rmqi_buf *out)
{
	rmqi_buf_init(out, 1024 * 1024);
	mb_conf_write(conf, settings, out);
	demand(rmqi_buf_status(out) == RMQ_OK);
}

static void read_again(const struct mb_conf *conf, void *settings)
{
	struct rmqi_buf first, second;

	show(conf, settings, &first);
	if (reads(conf, settings, rmqi_cursor_str(rmqi_buf_cursor(&first)))) {
		show(conf, settings, &second);
		demand(first.len == second.len &&
		       rmqi_memcmp(rmqi_buf_data(&first), rmqi_buf_data(&second), first.len) == 0);
		rmqi_buf_deinit(&second);
	}
	rmqi_buf_deinit(&first);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rmqi_str text = rmqi_str_n(data, size);
	struct mb_broker_config broker;
	struct mb_namesrv_config namesrv;

	demand(mb_broker_config_init(&broker) == RMQ_OK);
	if (reads(mb_broker_conf(), &broker, text))
		read_again(mb_broker_conf(), &broker);
	mb_broker_config_deinit(&broker);
	demand(mb_namesrv_config_init(&namesrv) == RMQ_OK);
	if (reads(mb_namesrv_conf(), &namesrv, text))
		read_again(mb_namesrv_conf(), &namesrv);
	(void)mb_namesrv_config_update(&namesrv, text);
	mb_namesrv_config_deinit(&namesrv);
	return 0;
}
