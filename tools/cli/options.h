/* SPDX-License-Identifier: Apache-2.0 */
/*
 * options.h - the table of options (options.def).
 *
 * Constant; thread: any.
 */
#ifndef TOOLS_CLI_OPTIONS_H
#define TOOLS_CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

enum option_id {
#define OPTION(id, ...) OPTION_##id,
#include "tools/cli/options.def"
#undef OPTION
	OPTION_COUNT
};

enum option_kind {
	OPTION_FLAG,
	OPTION_REPEATED, /* a flag that may stand several times */
	OPTION_TEXT,
	OPTION_LIST,     /* a text that may stand several times */
	OPTION_NUMBER,   /* 0.. */
	OPTION_DURATION, /* values.h */
	OPTION_OPTIONAL_DURATION,
	OPTION_TIME,
	OPTION_FILE,
	OPTION_CHOICE, /* one of the words in `argument` */
	OPTION_SECRET  /* refused, and wiped */
};

/* Who takes an option: the modes, and the nouns of commands.def. */
enum place {
	PLACE_PRODUCE = 1,
	PLACE_CONSUME = 2,
	PLACE_MEMBER = 4,
	PLACE_LIST = 8,
	PLACE_QUERY = 16,
	PLACE_TOPICS = 32,
	PLACE_GROUPS = 64,
	PLACE_MSG = 128,
	PLACE_BROKERS = 256,
	PLACE_CLUSTERS = 512,
	PLACE_ACL = 1024,
	PLACE_BENCH = 2048,
	PLACE_COMPLETION = 4096,
	PLACE_ALL = 8191
};

enum option_section {
	SECTION_MODE,
	SECTION_WHERE,
	SECTION_MESSAGE,
	SECTION_SEND,
	SECTION_INPUT,
	SECTION_POSITION,
	SECTION_STOP,
	SECTION_CONSUMER,
	SECTION_OUTPUT,
	SECTION_CLIENT,
	SECTION_ADMIN,
	SECTION_HELP,
	SECTION_COUNT
};

struct option_row {
	const char *name;
	int letter; /* 0: none */
	enum option_kind kind;
	const char *argument; /* "": none */
	unsigned places;
	enum option_section section;
	bool is_essential;
	const char *help;
};

/* NULL past the end. */
const struct option_row *option_row(size_t index);
/* Of a section: "Where", ... */
const char *section_title(enum option_section section);
/* "-P", "-C", ... or the noun; of one place. */
const char *place_name(enum place place);

#endif
