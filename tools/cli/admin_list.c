/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin_list.c - -L without a topic: what there is. Two tables, or one object of JSON.
 */
#include <stdio.h>
#include <string.h>

#include "tools/cli/admin_cluster.h"
#include "tools/cli/complain.h"
#include "tools/cli/output.h"
#include "tools/cli/topics.h"
#include "tools/cli/writer.h"

static int ask_topics(const struct args *a, struct admin *admin, rmq_topics **out)
{
	rmq_error_detail *detail = NULL;
	enum rmq_error err = rmq_admin_topics(admin->admin, args_text(a, OPTION_cluster),
					      admin->options, out, &detail);

	return err == RMQ_OK ? CLI_OK : complain_of("topics", err, detail);
}

/* --- For people --------------------------------------------------------------------------------------------- */

static int print_tables(const struct args *a, const rmq_brokers *brokers, const rmq_topics *topics)
{
	int found = brokers_print(brokers, false), status;

	output_add("\n", 1);
	status = topics_print(a, topics, true);
	return found == CLI_OK ? status : found;
}

/* --- For programs ------------------------------------------------------------------------------------------- */

/* All addresses of the broker whose first one is at *at. */
static void write_broker(struct writer *w, const rmq_brokers *brokers, size_t *at)
{
	const rmq_broker *first = rmq_brokers_at(brokers, *at), *b;
	char id[32];

	writer_object(w, NULL);
	writer_text(w, "name", rmq_broker_name(first));
	writer_object(w, "addrs");
	for (size_t i = *at; (b = rmq_brokers_at(brokers, i)); i++) {
		if (strcmp(rmq_broker_name(b), rmq_broker_name(first)) != 0 ||
		    strcmp(rmq_broker_cluster(b), rmq_broker_cluster(first)) != 0)
			break;
		snprintf(id, sizeof(id), "%lld", (long long)rmq_broker_id(b));
		writer_text(w, id, rmq_broker_address(b));
		*at = i + 1;
	}
	writer_end_object(w);
	if (rmq_broker_error(first) == RMQ_OK) {
		writer_text(w, "version", rmq_broker_version(first));
		writer_null(w, "error");
	} else {
		writer_null(w, "version");
		writer_text(w, "error",
			    cause_of(rmq_broker_error(first), rmq_broker_detail(first)));
	}
	writer_end_object(w);
}

static void write_clusters(struct writer *w, const rmq_brokers *brokers)
{
	const rmq_broker *b;
	size_t at = 0;

	writer_list(w, "clusters");
	while ((b = rmq_brokers_at(brokers, at))) {
		const char *cluster = rmq_broker_cluster(b);

		writer_object(w, NULL);
		writer_text(w, "name", cluster);
		writer_list(w, "brokers");
		while ((b = rmq_brokers_at(brokers, at)) && strcmp(rmq_broker_cluster(b), cluster) == 0)
			write_broker(w, brokers, &at);
		writer_end_list(w);
		writer_end_object(w);
	}
	writer_end_list(w);
}

static int print_json(const rmq_namesrvs *servers, const rmq_brokers *brokers, const rmq_topics *topics)
{
	struct text out = {0};
	struct writer w;
	const rmq_namesrv *server;
	const rmq_topic *topic;

	writer_init(&w, &out);
	writer_object(&w, NULL);
	writer_list(&w, "namesrv");
	for (size_t i = 0; (server = rmq_namesrvs_at(servers, i)); i++)
		writer_text(&w, NULL, rmq_namesrv_address(server));
	writer_end_list(&w);
	write_clusters(&w, brokers);
	writer_list(&w, "topics");
	for (size_t i = 0; (topic = rmq_topics_at(topics, i)); i++) {
		writer_object(&w, NULL);
		writer_text(&w, "name", rmq_topic_name(topic));
		writer_text(&w, "kind", topic_kind_name(rmq_topic_kind(topic)));
		writer_end_object(&w);
	}
	writer_end_list(&w);
	writer_end_object(&w);
	text_addc(&out, '\n');
	output_take(&out);
	text_free(&out);
	return CLI_OK;
}

static int status_of_rows(const rmq_brokers *brokers)
{
	const rmq_broker *b;
	int status = CLI_OK;

	for (size_t i = 0; (b = rmq_brokers_at(brokers, i)); i++)
		if (rmq_broker_error(b) != RMQ_OK)
			status = status_of(rmq_broker_error(b));
	return status;
}

/* --- Both --------------------------------------------------------------------------------------------------- */

static int list(const struct args *a, struct admin *admin, const rmq_brokers *brokers,
		const rmq_topics *topics)
{
	rmq_namesrvs *servers = NULL;
	rmq_error_detail *detail = NULL;
	enum rmq_error err;
	int status;

	if (!args_has(a, OPTION_json))
		return print_tables(a, brokers, topics);
	err = rmq_admin_namesrvs(admin->admin, admin->options, &servers, &detail);
	if (err != RMQ_OK)
		return complain_of("name servers", err, detail);
	status = print_json(servers, brokers, topics);
	rmq_namesrvs_free(servers);
	return status == CLI_OK ? status_of_rows(brokers) : status;
}

int list_everything(const struct args *a)
{
	rmq_brokers *brokers = NULL;
	rmq_topics *topics = NULL;
	struct admin admin;
	int status = admin_open(a, &admin);

	if (status != CLI_OK)
		return status;
	status = brokers_ask(args_text(a, OPTION_cluster), &admin, &brokers);
	if (status == CLI_OK)
		status = ask_topics(a, &admin, &topics);
	if (status == CLI_OK)
		status = list(a, &admin, brokers, topics);
	admin_close(&admin);
	rmq_brokers_free(brokers);
	rmq_topics_free(topics);
	return status;
}
