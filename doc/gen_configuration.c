/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gen_configuration.c - prints doc/CONFIGURATION.md from the libraries' own tables.
 */
#include <stdio.h>
#include <string.h>

#include <rocketmq/config.h>
#include <rocketmq/mock.h>

/* A "|" would end the cell. */
static void print_range(const char *range)
{
	for (const char *c = range; *c; c++)
		printf("%s", *c == '|' ? ", " : (char[]){*c, '\0'});
}

static void print_scope(const char *scope, const char *title)
{
	const rmq_config_key *key;

	printf("\n## %s\n\n", title);
	printf("| key | type | range | default | unit | meaning |\n");
	printf("| --- | --- | --- | --- | --- | --- |\n");
	for (size_t i = 0; (key = rmq_config_key_at(i)); i++) {
		if (strcmp(rmq_config_key_scope(key), scope) != 0)
			continue;
		printf("| `%s` | %s | ", rmq_config_key_name(key), rmq_config_key_type(key));
		print_range(rmq_config_key_range(key));
		printf(" | %s | %s | %s |\n", rmq_config_key_default_value(key),
		       rmq_config_key_unit(key), rmq_config_key_help(key));
	}
}

static void print_mock(void)
{
	printf("\n## A mock cluster\n\n"
	       "Keys of `rmq_mock_options_set(options, key, value, &detail)`, from "
	       "`mock-broker/options.def`. The flags of `rmq-mock cluster` are the same in kebab "
	       "case: `brokerConfFile` is `--broker-conf-file`; `rmq-mock --help` lists them.\n\n"
	       "| key | type | range | default | unit | meaning |\n"
	       "| --- | --- | --- | --- | --- | --- |\n");
	for (size_t i = 0; i < rmq_mock_option_count(); i++) {
		const rmq_mock_option *row = rmq_mock_option_at(i);

		printf("| `%s` | %s | ", rmq_mock_option_name(row), rmq_mock_option_type(row));
		print_range(rmq_mock_option_range(row));
		printf(" | %s | %s | %s |\n", rmq_mock_option_default_value(row),
		       rmq_mock_option_unit(row), rmq_mock_option_help(row));
	}
}

int main(void)
{
	printf("# Configuration\n\n"
	       "Made from the table in `src/client/config.def` by `make update-docs`; `make check` "
	       "fails when it is out of date.\n\n"
	       "Keys are set with `rmq_config_set(config, key, value, &detail)` and belong to one "
	       "client; nothing is process-wide. Names are those of the Java client. An unknown key "
	       "is an error that names the nearest known one.\n");
	print_scope("client", "Every client");
	print_scope("producer", "Producer");
	print_scope("consumer", "Push consumer");
	print_mock();
	return 0;
}
