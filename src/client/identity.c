/* SPDX-License-Identifier: Apache-2.0 */
/* Who a client is, and whom it asks: its id and its name servers. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/detail.h"
#include "base/mem.h"
#include "client/client_impl.h"
#include "client/namespace.h"
#include "net/address.h"
#include "net/inproc.h"
#include "net/local_ip.h"

enum { ID_MAX = 1024 };

/* The addresses of a simulation are those of no host. */
static enum rmq_error check_virtual(const struct rmqi_client *c, struct rmq_error_detail *detail)
{
	for (size_t i = 0; i < c->namesrv_count; i++)
		if (!c->env->sim && rmqi_inproc_is_address(c->namesrvs[i]))
			return rmqi_detail_set(
				detail, RMQ_ERR_ADDRESS, RMQ_ERROR_FATAL,
				"name server %s belongs to a mock cluster under virtual time: the "
				"client needs its environment (rmq_config_set_environment)",
				c->namesrvs[i]);
	return RMQ_OK;
}

/* Setter first, then NAMESRV_ADDR (NameServerAddressUtils.java). NULL: neither. */
static const char *given_namesrvs(const struct rmqi_client *c)
{
	const char *text = rmqi_config_str(c->config, RMQI_CFG_namesrvAddr);

	if (!text || rmqi_str_trim(rmqi_str(text)).len == 0)
		text = getenv("NAMESRV_ADDR");
	return text && rmqi_str_trim(rmqi_str(text)).len > 0 ? text : NULL;
}

/* Nobody shall wonder where his messages are. */
static enum rmq_error take_mock(const struct rmqi_client *c, const char **text,
				struct rmq_error_detail *detail)
{
	int64_t brokers = rmqi_config_i64(c->config, RMQI_CFG_mockBrokers);
	const char *replaced = *text ? *text : "no name server";
	enum rmq_error err;

	if (c->env->sim)
		return rmqi_detail_set(detail, RMQ_ERR_CONFIG, RMQ_ERROR_FATAL,
				       "mockBrokers starts a cluster in real time: it and the "
				       "environment of another one exclude each other");
	err = rmqi_mock_home_open(c->config->mock, (int)brokers, text, detail);
	if (err == RMQ_OK)
		RMQI_LOG(c->log, RMQ_LOG_WARN,
			 "mockBrokers=%d: a mock cluster in this process, %s, takes the place of %s",
			 (int)brokers, *text, replaced);
	return err;
}

enum rmq_error rmqi_client_read_namesrvs(struct rmqi_client *c, struct rmq_error_detail *detail)
{
	const char *text = given_namesrvs(c);
	struct rmqi_str bad = {0};
	enum rmq_error err = RMQ_OK;

	if (rmqi_config_i64(c->config, RMQI_CFG_mockBrokers) > 0)
		err = take_mock(c, &text, detail);
	if (err != RMQ_OK)
		return err;
	if (!text)
		return rmqi_detail_set(detail, RMQ_ERR_NO_NAMESRV, RMQ_ERROR_FATAL,
				       "no name server: set namesrvAddr, or NAMESRV_ADDR in the "
				       "environment");
	err = rmqi_address_list(rmqi_str(text), &c->namesrvs, &c->namesrv_count, &bad);
	if (err == RMQ_ERR_ADDRESS)
		return rmqi_detail_set(detail, err, RMQ_ERROR_FATAL,
				       "name server address \"%.*s\" is not host:port: %s",
				       RMQI_STR_ARG(bad), rmqi_address_problem(bad));
	if (err != RMQ_OK)
		return rmqi_detail_set(detail, RMQ_ERR_NO_MEMORY, 0, "out of memory");
	if (c->namesrv_count == 0)
		return rmqi_detail_set(detail, RMQ_ERR_NO_NAMESRV, RMQ_ERROR_FATAL,
				       "no name server in \"%s\"", text);
	c->namesrv_chosen = rmqi_rand_below(&c->rand, c->namesrv_count);
	return check_virtual(c, detail);
}

/* A name of one's own for each client, but for a broadcasting consumer: its offsets are in a folder of its id,
 * which the next process must find (DefaultMQPushConsumerImpl.start). */
static bool is_made_up(const struct rmqi_client *c, const char *instance)
{
	bool is_broadcasting =
		c->owner.consumer_group && rmqi_config_i64(c->config, RMQI_CFG_messageModel) == 1;

	return strcmp(instance, "DEFAULT") == 0 && !is_broadcasting;
}

/* <ip>@<instance>[@<unit>] (ClientConfig.buildMQClientId). */
enum rmq_error rmqi_client_make_id(struct rmqi_client *c, struct rmq_error_detail *detail)
{
	const char *ip_text = rmqi_config_str(c->config, RMQI_CFG_clientIP);
	const char *instance = rmqi_config_str(c->config, RMQI_CFG_instanceName);
	const char *unit = rmqi_config_str(c->config, RMQI_CFG_unitName);
	uint32_t pid = c->env->sim ? 1 : (uint32_t)getpid();
	char unique[48], text[80];
	struct rmqi_host ip = {.ip = {127, 0, 0, 1}};
	struct rmqi_buf id;
	enum rmq_error err = rmqi_namespace_check(rmqi_client_namespace(c), detail);

	if (err != RMQ_OK)
		return err;
	/* A simulation repeats on every machine. */
	if (!c->env->sim)
		rmqi_local_ip(&ip);
	if (!ip_text) {
		rmqi_host_text(&ip, text, sizeof(text));
		*strrchr(text, ':') = '\0';
		ip_text = text;
	}
	rmqi_uniq_init(&c->uniq, c->env->clock, &ip, pid, (uint32_t)rmqi_rand_next(&c->rand));
	if (is_made_up(c, instance)) {
		snprintf(unique, sizeof(unique), "%u#%llu", pid,
			 (unsigned long long)(rmqi_rand_next(&c->rand) >> 16));
		instance = unique;
	}
	rmqi_buf_init(&id, ID_MAX);
	rmqi_buf_addf(&id, "%s@%s%s%s", ip_text, instance, unit ? "@" : "", unit ? unit : "");
	err = rmqi_buf_status(&id);
	if (err == RMQ_OK)
		c->id = rmqi_strdup(rmqi_buf_text(&id));
	rmqi_buf_deinit(&id);
	if (err == RMQ_ERR_TOO_LARGE)
		return rmqi_detail_set(
			detail, err, RMQ_ERROR_FATAL,
			"the client id (clientIP, instanceName, unitName) is over %d "
			"bytes",
			ID_MAX);
	return c->id ? RMQ_OK : rmqi_detail_set(detail, RMQ_ERR_NO_MEMORY, 0, "out of memory");
}
