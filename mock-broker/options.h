/* SPDX-License-Identifier: Apache-2.0 */
/*
 * options.h - the values behind rmq_mock_options and the flags of rmq-mock, from the one table
 * options.def.
 *
 * Thread: one owner at a time; the table is immutable.
 */
#ifndef MB_OPTIONS_H
#define MB_OPTIONS_H

#include <stddef.h>
#include <stdint.h>

#include <rocketmq/error.h>
#include <rocketmq/mock.h>

#include "base/macros.h"
#include "base/setting.h"
#include "mock-broker/cluster.h"

/* Where an option may be given; sets of bits. */
enum mb_where {
	MB_IN_PROCESS = 1, /* <rocketmq/mock.h> */
	MB_CLUSTER = 2,    /* the commands of rmq-mock */
	MB_NAMESRV = 4,
	MB_BROKER = 8,
	MB_SERVERS = MB_CLUSTER | MB_NAMESRV | MB_BROKER
};

#define N(name, letter, low, high, otherwise, unit, where, argument, help) MB_OPTION_##name,
#define B(name, where, help) MB_OPTION_##name,
#define S(name, letter, otherwise, where, argument, help) MB_OPTION_##name,
#define A(name, letter, where, argument, help) MB_OPTION_##name,
#define END_OF_API MB_OPTION_API_END, MB_OPTION_BEHIND_API = MB_OPTION_API_END - 1,
enum mb_option_id {
#include "mock-broker/options.def"
	MB_OPTION_COUNT
};
#undef N
#undef B
#undef S
#undef A
#undef END_OF_API

/* A row of the table. */
struct rmq_mock_option {
	const char *name;
	struct rmqi_setting_type type;
	bool is_address; /* a string that must be host:port */
	const char *range;
	const char *otherwise; /* the default, "" for none */
	const char *unit;
	unsigned where;       /* of enum mb_where */
	char letter;          /* the short flag, 0: none */
	const char *argument; /* its name in the help; NULL: a boolean, the flag alone says true */
	const char *help;
};

struct rmq_mock_options {
	char *text[MB_OPTION_COUNT]; /* owned; NULL: the default */
	int64_t number[MB_OPTION_COUNT];
	rmq_log_fn log;
	void *log_arg;
	enum rmq_log_level log_level;
};

/* NULL behind the last one. */
const struct rmq_mock_option *mb_option_at(size_t index);

/* All defaults; NULL when memory is out. */
struct rmq_mock_options *mb_options_new(void);
void mb_options_free(struct rmq_mock_options *o);
/* `label` is how messages call the option: its key or its flag. An empty value is the default again.
 * RMQ_ERR_CONFIG: not a value of its type or range. */
enum rmq_error mb_options_put(struct rmq_mock_options *o, enum mb_option_id id, const char *label,
			      const char *value, struct rmq_error_detail *detail) RMQI_MUST_USE;
/* By key, for those that are there in the process. RMQ_ERR_CONFIG also for an unknown key. */
enum rmq_error mb_options_set(struct rmq_mock_options *o, const char *key, const char *value,
			      struct rmq_error_detail *detail) RMQI_MUST_USE;
/* The text, "" when there is neither value nor default; NULL: no such key. */
const char *mb_options_get(const struct rmq_mock_options *o, const char *key);
/* NULL when there is neither value nor default. */
const char *mb_options_text(const struct rmq_mock_options *o, enum mb_option_id id);

/* Fills *out, whose texts are then borrowed from `o`. RMQ_ERR_CONFIG: options that do not go together. */
enum rmq_error mb_options_resolve(const struct rmq_mock_options *o, struct mb_cluster_options *out,
				  struct rmq_error_detail *detail) RMQI_MUST_USE;

#endif
