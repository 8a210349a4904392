/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gen_configuration.c - prints doc/CONFIGURATION.md from the library's own table.
 */
#include <stdio.h>
#include <string.h>

#include <rocketmq/config.h>

static void print_scope(const char *scope, const char *title)
{
	const struct rmq_config_key *key;

	printf("\n## %s\n\n", title);
	printf("| key | type | range | default | unit | meaning |\n");
	printf("| --- | --- | --- | --- | --- | --- |\n");
	for (size_t i = 0; (key = rmq_config_key_at(i)); i++) {
		if (strcmp(key->scope, scope) != 0)
			continue;
		printf("| `%s` | %s | ", key->name, key->type);
		/* A "|" would end the cell. */
		for (const char *c = key->range; *c; c++)
			printf("%s", *c == '|' ? ", " : (char[]){*c, '\0'});
		printf(" | %s | %s | %s |\n", key->default_value, key->unit, key->help);
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
	return 0;
}
