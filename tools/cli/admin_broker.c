/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin_broker.c - "broker ls", "stats", "config", "wipe", "add" and "namesrv".
 */
#include <stdlib.h>
#include <string.h>

#include "tools/cli/admin_cluster.h"
#include "tools/cli/commands.h"
#include "tools/cli/complain.h"
#include "tools/cli/confirm.h"
#include "tools/cli/table.h"
#include "tools/cli/text.h"

/* --- ls and stats ------------------------------------------------------------------------------------------- */

int run_broker_ls(const struct args *a)
{
	rmq_brokers *brokers = NULL;
	struct admin admin;
	int status = admin_open(a, &admin);

	if (status != CLI_OK)
		return status;
	status = brokers_ask(args_text(a, OPTION_cluster), &admin, &brokers);
	admin_close(&admin);
	if (status == CLI_OK)
		status = brokers_print(brokers, args_has(a, OPTION_json));
	rmq_brokers_free(brokers);
	return status;
}

/* A row a property. */
static void add_properties(struct table *t, const char *server, const rmq_properties *list)
{
	for (size_t i = 0; i < rmq_properties_count(list); i++) {
		table_text(t, server);
		table_text(t, rmq_properties_name_at(list, i));
		table_text(t, rmq_properties_value_at(list, i));
		table_none(t);
	}
}

static void add_failure(struct table *t, const char *server, const char *cause)
{
	table_text(t, server);
	table_none(t);
	table_none(t);
	table_text(t, cause);
}

static struct table *properties_table(void)
{
	static const struct column columns[] = {{"SERVER", "server", false},
						{"NAME", "name", false},
						{"VALUE", "value", false},
						{"ERROR", "error", false}};

	return table_new(columns, sizeof(columns) / sizeof(columns[0]));
}

static bool is_named(const rmq_broker *b, const char *name)
{
	return strcmp(rmq_broker_name(b), name) == 0 || strcmp(rmq_broker_address(b), name) == 0;
}

static int print_stats(const struct args *a, const rmq_brokers *brokers, const char *name)
{
	struct table *t = properties_table();
	const rmq_broker *b;
	size_t found = 0;
	int status = CLI_OK, printed;

	for (size_t i = 0; t && (b = rmq_brokers_at(brokers, i)); i++) {
		enum rmq_error err = rmq_broker_error(b);

		if (!is_named(b, name))
			continue;
		found++;
		add_properties(t, rmq_broker_address(b), rmq_broker_runtime(b));
		if (err == RMQ_OK)
			continue;
		add_failure(t, rmq_broker_address(b), cause_of(err, rmq_broker_detail(b)));
		status = status_of(err);
	}
	printed = t ? table_end(t, args_has(a, OPTION_json)) : CLI_FAILED;
	if (!found) {
		complain("%s: there is no such broker", name);
		return CLI_FAILED;
	}
	return status == CLI_OK ? printed : status;
}

int run_broker_stats(const struct args *a)
{
	rmq_brokers *brokers = NULL;
	struct admin admin;
	int status = admin_open(a, &admin);

	if (status != CLI_OK)
		return status;
	status = brokers_ask(args_text(a, OPTION_cluster), &admin, &brokers);
	admin_close(&admin);
	if (status == CLI_OK)
		status = print_stats(a, brokers, a->words[0]);
	rmq_brokers_free(brokers);
	return status;
}

/* --- config ------------------------------------------------------------------------------------------------- */

/* "NAME" or "NAME=VALUE"; *name is owned. False: memory is out. */
static bool split(const char *word, char **name, const char **value)
{
	const char *equals = strchr(word, '=');

	*name = strndup(word, equals ? (size_t)(equals - word) : strlen(word));
	*value = equals ? equals + 1 : NULL;
	return *name != NULL;
}

static int print_config(const struct args *a, const rmq_properties *list, const char *name)
{
	struct table *t;

	if (name && !rmq_properties_find(list, name)) {
		complain("%s: it has no setting %s", a->words[0], name);
		return CLI_FAILED;
	}
	t = properties_table();
	if (t && !name)
		add_properties(t, a->words[0], list);
	if (t && name) {
		table_text(t, a->words[0]);
		table_text(t, name);
		table_text(t, rmq_properties_find(list, name));
		table_none(t);
	}
	return t ? table_end(t, args_has(a, OPTION_json)) : CLI_FAILED;
}

/* A setting that nobody may set is refused by a code only. */
static int complain_of_config(const char *broker, enum rmq_error err, rmq_error_detail *detail)
{
	enum { NO_PERMISSION = 16 }; /* ResponseCode.java */
	bool is_denied = err == RMQ_ERR_BROKER && detail &&
			 rmq_error_detail_broker_code(detail) == NO_PERMISSION;
	int status = complain_of(broker, err, detail);

	return is_denied ? CLI_DENIED : status;
}

/* A broker passes over a name that it does not know without a word; so it is asked whether it has it first. */
static int broker_config(const struct args *a, struct admin *admin, const char *name,
			 const char *value)
{
	const char *broker = a->words[0];
	rmq_properties *list = NULL;
	rmq_error_detail *detail = NULL;
	enum rmq_error err =
		rmq_admin_broker_config(admin->admin, broker, admin->options, &list, &detail);
	int status = CLI_OK;

	if (err == RMQ_OK && value && rmq_properties_find(list, name))
		err = rmq_admin_set_broker_config(admin->admin, broker, name, value,
						  admin->options, &detail);
	else if (err == RMQ_OK)
		status = print_config(a, list, name);
	rmq_properties_free(list);
	return err == RMQ_OK ? status : complain_of_config(broker, err, detail);
}

int run_broker_config(const struct args *a)
{
	const char *value = NULL;
	char *name = NULL;
	struct admin admin;
	int status;

	if (a->word_count > 1 && !split(a->words[1], &name, &value))
		return complain_of(a->words[0], RMQ_ERR_NO_MEMORY, NULL);
	if (value && !*name) {
		free(name);
		return wrong_usage("broker config: NAME=VALUE is wanted, not '%s'", a->words[1]);
	}
	status = admin_open(a, &admin);
	if (status == CLI_OK) {
		status = broker_config(a, &admin, name, value);
		admin_close(&admin);
	}
	free(name);
	return status;
}

/* --- Name servers ------------------------------------------------------------------------------------------- */

static int print_namesrvs(const struct args *a, const rmq_namesrvs *servers)
{
	struct table *t = properties_table();
	const rmq_namesrv *n;
	int status = CLI_OK, printed;

	for (size_t i = 0; t && (n = rmq_namesrvs_at(servers, i)); i++) {
		enum rmq_error err = rmq_namesrv_error(n);

		add_properties(t, rmq_namesrv_address(n), rmq_namesrv_config(n));
		if (err == RMQ_OK)
			continue;
		add_failure(t, rmq_namesrv_address(n), cause_of(err, rmq_namesrv_detail(n)));
		status = status_of(err);
	}
	printed = t ? table_end(t, args_has(a, OPTION_json)) : CLI_FAILED;
	return status == CLI_OK ? printed : status;
}

int run_broker_namesrv(const struct args *a)
{
	rmq_namesrvs *servers = NULL;
	rmq_error_detail *detail = NULL;
	struct admin admin;
	enum rmq_error err;
	int status = admin_open(a, &admin);

	if (status != CLI_OK)
		return status;
	err = rmq_admin_namesrvs(admin.admin, admin.options, &servers, &detail);
	admin_close(&admin);
	status = err == RMQ_OK ? print_namesrvs(a, servers)
			       : complain_of("name servers", err, detail);
	rmq_namesrvs_free(servers);
	return status;
}

static int print_topics(const struct args *a, const rmq_namesrvs *servers)
{
	static const struct column columns[] = {{"NAMESRV", "namesrv", false},
						{"TOPICS", "topics", true},
						{"ERROR", "error", false}};
	struct table *t = table_new(columns, sizeof(columns) / sizeof(columns[0]));
	const rmq_namesrv *n;
	int status = CLI_OK, printed;

	for (size_t i = 0; t && (n = rmq_namesrvs_at(servers, i)); i++) {
		enum rmq_error err = rmq_namesrv_error(n);

		table_text(t, rmq_namesrv_address(n));
		if (err == RMQ_OK) {
			table_number(t, rmq_namesrv_topics(n));
			table_none(t);
			continue;
		}
		table_none(t);
		table_text(t, cause_of(err, rmq_namesrv_detail(n)));
		status = status_of(err);
	}
	printed = t ? table_end(t, args_has(a, OPTION_json)) : CLI_FAILED;
	return status == CLI_OK ? printed : status;
}

/* Name servers take a name that they do not know, and say that it had no topics. CLI_OK: they know it. */
static int broker_must_be(struct admin *admin, const char *name)
{
	rmq_brokers *brokers = NULL;
	const rmq_broker *b;
	int status = brokers_ask(NULL, admin, &brokers);
	bool is_there = false;

	for (size_t i = 0; status == CLI_OK && (b = rmq_brokers_at(brokers, i)); i++)
		is_there = is_there || strcmp(rmq_broker_name(b), name) == 0;
	rmq_brokers_free(brokers);
	if (status == CLI_OK && !is_there) {
		complain("%s: there is no such broker", name);
		return CLI_FAILED;
	}
	return status;
}

static int set_permission(const struct args *a, bool is_wipe)
{
	rmq_namesrvs *servers = NULL;
	rmq_error_detail *detail = NULL;
	const char *broker = a->words[0];
	struct admin admin;
	enum rmq_error err;
	int status = admin_open(a, &admin);

	if (status != CLI_OK)
		return status;
	status = broker_must_be(&admin, broker);
	if (status != CLI_OK) {
		admin_close(&admin);
		return status;
	}
	err = is_wipe ? rmq_admin_wipe_write_permission(admin.admin, broker, admin.options,
							&servers, &detail)
		      : rmq_admin_add_write_permission(admin.admin, broker, admin.options,
						       &servers, &detail);
	admin_close(&admin);
	status = err == RMQ_OK ? print_topics(a, servers) : complain_of(broker, err, detail);
	rmq_namesrvs_free(servers);
	return status;
}

int run_broker_wipe(const struct args *a)
{
	struct text what = {0};
	int status = CLI_OK;
	bool is_sure;

	text_addf(&what, "let no client send to broker %s", a->words[0]);
	is_sure = confirm(a, text_string(&what), &status);
	text_free(&what);
	return is_sure ? set_permission(a, true) : status;
}

int run_broker_add(const struct args *a)
{
	return set_permission(a, false);
}
