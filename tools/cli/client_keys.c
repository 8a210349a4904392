/* SPDX-License-Identifier: Apache-2.0 */
/*
 * client_keys.c - the part of client.h that prints the table of keys, and their values.
 */
#include <string.h>

#include "tools/cli/client.h"
#include "tools/cli/complain.h"
#include "tools/cli/output.h"
#include "tools/cli/writer.h"

static void add_key(const rmq_config_key *k, bool is_json, struct text *out)
{
	const char *const names[] = {"name", "type", "range", "default", "unit", "scope", "help"};
	const char *const values[] = {
		rmq_config_key_name(k),          rmq_config_key_type(k),
		rmq_config_key_range(k),         rmq_config_key_default_value(k),
		rmq_config_key_unit(k),          rmq_config_key_scope(k),
		rmq_config_key_help(k),
	};
	struct writer w;

	if (!is_json) {
		text_addf(out, "%-34s %-8s %s%s\n    %s\n", values[0], values[1],
			  values[3][0] ? "default " : "", values[3], values[6]);
		return;
	}
	writer_init(&w, out);
	writer_object(&w, NULL);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		writer_text(&w, names[i], values[i]);
	writer_end_object(&w);
	text_addc(out, '\n');
}

static void add_value(const rmq_config_key *k, const rmq_config *config, bool is_json,
		      struct text *out)
{
	const char *name = rmq_config_key_name(k), *value = rmq_config_get(config, name);
	struct writer w;

	if (!is_json) {
		text_addf(out, "%s=%s\n", name, value ? value : "");
		return;
	}
	writer_init(&w, out);
	writer_object(&w, NULL);
	writer_text(&w, "name", name);
	writer_text(&w, "value", value ? value : "");
	writer_end_object(&w);
	text_addc(out, '\n');
}

static int print_keys(const struct args *a, bool has_values)
{
	bool is_json = args_has(a, OPTION_json);
	rmq_config *config = NULL;
	const rmq_config_key *k;
	struct text out = {0};
	int status = has_values ? client_config(a, &config) : CLI_OK;

	if (status != CLI_OK)
		return status;
	for (size_t i = 0; (k = rmq_config_key_at(i)); i++) {
		if (has_values)
			add_value(k, config, is_json, &out);
		else
			add_key(k, is_json, &out);
	}
	rmq_config_free(config);
	output_take(&out);
	text_free(&out);
	return CLI_OK;
}

bool client_print_keys(const struct args *a, int *status)
{
	const char *pair;
	size_t at = 0;

	while ((pair = args_next(a, OPTION_config, &at))) {
		bool is_dump = strcmp(pair, "dump") == 0;

		if (!is_dump && strcmp(pair, "list") != 0)
			continue;
		*status = print_keys(a, is_dump);
		return true;
	}
	return false;
}
