/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/cli/options.h"

#define PRODUCE PLACE_PRODUCE
#define CONSUME PLACE_CONSUME
#define MEMBER PLACE_MEMBER
#define LIST PLACE_LIST
#define QUERY PLACE_QUERY
#define TOPICS PLACE_TOPICS
#define GROUPS PLACE_GROUPS
#define MSG PLACE_MSG
#define BROKERS PLACE_BROKERS
#define CLUSTERS PLACE_CLUSTERS
#define ACL PLACE_ACL
#define BENCH PLACE_BENCH
#define ALL PLACE_ALL

static const struct option_row rows[] = {
#define OPTION(id, name, letter, kind, argument, places, section, is_essential, help)              \
	{name, letter, OPTION_##kind, argument, places, SECTION_##section, is_essential, help},
#include "tools/cli/options.def"
#undef OPTION
};

static const char *const titles[SECTION_COUNT] = {
	[SECTION_MODE] = "Modes",
	[SECTION_WHERE] = "Where",
	[SECTION_MESSAGE] = "What is sent",
	[SECTION_SEND] = "How it is sent",
	[SECTION_INPUT] = "What is read",
	[SECTION_POSITION] = "What is consumed",
	[SECTION_STOP] = "Until when",
	[SECTION_CONSUMER] = "A member of a group",
	[SECTION_OUTPUT] = "What is printed",
	[SECTION_CLIENT] = "The client",
	[SECTION_ADMIN] = "Administration",
	[SECTION_HELP] = "Help",
};

const struct option_row *option_row(size_t index)
{
	return index < OPTION_COUNT ? &rows[index] : NULL;
}

const char *section_title(enum option_section section)
{
	return titles[section];
}

const char *place_name(enum place place)
{
	switch (place) {
	case PLACE_PRODUCE:
		return "-P";
	case PLACE_CONSUME:
		return "-C";
	case PLACE_MEMBER:
		return "-G";
	case PLACE_LIST:
		return "-L";
	case PLACE_QUERY:
		return "-Q";
	case PLACE_TOPICS:
		return "topic";
	case PLACE_GROUPS:
		return "group";
	case PLACE_MSG:
		return "msg";
	case PLACE_BROKERS:
		return "broker";
	case PLACE_CLUSTERS:
		return "cluster";
	case PLACE_ACL:
		return "acl";
	case PLACE_BENCH:
		return "bench";
	case PLACE_COMPLETION:
		return "completion";
	case PLACE_ALL:
		break;
	}
	return "";
}
