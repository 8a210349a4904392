/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/broker/release.h"

#include "base/macros.h"
#include "codec/codes.h"
#include "codec/command.h"
#include "codec/version.h"

static const struct {
	int32_t version;
	const char *name;
} releases[] = {
	[MB_RELEASE_4_9] = {407, "V4_9_7"},
	[MB_RELEASE_5_3] = {RMQI_VERSION, "V5_3_3"},
	[MB_RELEASE_5_4] = {RMQI_VERSION_PRIORITY, "V5_4_0"},
	[MB_RELEASE_5_5] = {RMQI_VERSION_LITE, "V5_5_0"},
};

/* Requests of brokers that not every release has. */
static const struct {
	int32_t first, last; /* codes */
	enum mb_release since, until;
} changed[] = {
	{18, 18, MB_RELEASE_5_3, MB_RELEASE_5_5},         /* several topics at once */
	{50, 54, MB_RELEASE_4_9, MB_RELEASE_4_9},         /* ACL of 4.x over the wire */
	{60, 61, MB_RELEASE_5_3, MB_RELEASE_5_5},         /* timer wheel */
	{225, 225, MB_RELEASE_5_3, MB_RELEASE_5_5},       /* several groups at once */
	{343, 353, MB_RELEASE_5_3, MB_RELEASE_5_5},       /* configurations, one by one */
	{361, 402, MB_RELEASE_5_3, MB_RELEASE_5_5},       /* lite pull, recall, assignment */
	{513, 517, MB_RELEASE_5_3, MB_RELEASE_5_5},       /* static topics */
	{901, 1018, MB_RELEASE_5_3, MB_RELEASE_5_5},      /* groups of brokers, controllers */
	{2001, 2004, MB_RELEASE_5_3, MB_RELEASE_5_5},     /* cold reads */
	{3001, 3010, MB_RELEASE_5_3, MB_RELEASE_5_5},     /* ACL 2.0 */
	{5001, 5001, MB_RELEASE_5_4, MB_RELEASE_5_5},     /* another timer store */
	{200050, 200056, MB_RELEASE_5_3, MB_RELEASE_5_5}, /* POP */
	{200070, 200079, MB_RELEASE_5_5, MB_RELEASE_5_5}, /* lite topics */
	{200151, 200151, MB_RELEASE_5_3, MB_RELEASE_5_5}, /* many acknowledgements at once */
};

int32_t mb_release_version(enum mb_release release)
{
	return releases[release].version;
}

const char *mb_release_name(enum mb_release release)
{
	return releases[release].name;
}

bool mb_release_knows(enum mb_release release, int32_t code)
{
	for (size_t i = 0; i < RMQI_COUNT(changed); i++)
		if (code >= changed[i].first && code <= changed[i].last)
			return release >= changed[i].since && release <= changed[i].until;
	return true;
}

int32_t mb_release_bad_parameter(enum mb_release release)
{
	return release < MB_RELEASE_5_3 ? RMQI_RESP_SYSTEM_ERROR : RMQI_RESP_INVALID_PARAMETER;
}
