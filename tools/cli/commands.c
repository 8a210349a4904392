/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/cli/commands.h"

#include <stdio.h>
#include <string.h>

#include "tools/cli/complain.h"
#include "tools/cli/nearest.h"

static const struct command commands[] = {
#define COMMAND(noun, verb, function, place, words, least, most, help)                             \
	{noun, verb, function, PLACE_##place, words, least, most, help},
#include "tools/cli/commands.def"
#undef COMMAND
};

enum { COUNT = sizeof(commands) / sizeof(commands[0]) };

const struct command *command_at(size_t index)
{
	return index < COUNT ? &commands[index] : NULL;
}

/* Nouns when `noun` is NULL, else its verbs; each once. */
static size_t names_of(const char *noun, const char *names[COUNT])
{
	size_t count = 0;

	for (size_t i = 0; i < COUNT; i++) {
		const char *name = noun ? commands[i].verb : commands[i].noun;

		if (noun && strcmp(noun, commands[i].noun) != 0)
			continue;
		if (!count || strcmp(names[count - 1], name) != 0)
			names[count++] = name;
	}
	return count;
}

static int refuse(const char *noun, const char *given)
{
	const char *names[COUNT], *near;
	size_t count = names_of(noun, names), len = 0;
	char list[512] = "";

	near = given ? nearest(given, names, count) : NULL;
	for (size_t i = 0; i < count && len < sizeof(list); i++)
		len += (size_t)snprintf(list + len, sizeof(list) - len, "%s%s", i ? ", " : "",
					names[i]);
	if (near)
		return wrong_usage("%s%s%s: there is no such command; did you mean %s?",
				   noun ? noun : "", noun ? " " : "", given, near);
	if (given)
		return wrong_usage("%s%s%s: there is no such command; there are: %s",
				   noun ? noun : "", noun ? " " : "", given, list);
	return wrong_usage("%s: which of %s?", noun, list);
}

static bool is_noun(const char *word)
{
	for (size_t i = 0; i < COUNT; i++)
		if (strcmp(commands[i].noun, word) == 0)
			return true;
	return false;
}

static const struct command *find(const char *noun, const char *verb)
{
	for (size_t i = 0; i < COUNT; i++)
		if (strcmp(commands[i].noun, noun) == 0 && strcmp(commands[i].verb, verb) == 0)
			return &commands[i];
	return NULL;
}

int command_find(struct args *a, const struct command **out)
{
	const char *noun = a->words[0], *verb = a->word_count > 1 ? a->words[1] : NULL;
	const struct command *found;
	size_t taken = 2;

	if (!is_noun(noun))
		return refuse(NULL, noun);
	found = verb ? find(noun, verb) : NULL;
	if (!found && (found = find(noun, "")))
		taken = 1;
	if (!found)
		return refuse(noun, verb);
	a->words += taken;
	a->word_count -= taken;
	a->place = found->place;
	if (a->word_count < found->least)
		return wrong_usage("%s %s: %s is wanted", noun, found->verb, found->words);
	if (a->word_count > found->most)
		return wrong_usage("%s %s: '%s' is too much", noun, found->verb,
				   a->words[found->most]);
	*out = found;
	return -1;
}
