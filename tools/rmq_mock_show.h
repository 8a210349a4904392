/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rmq_mock_show.h - a JSON answer as text for people: a list of objects as a table, an object as lines.
 *
 * Thread: main.
 */
#ifndef TOOLS_RMQ_MOCK_SHOW_H
#define TOOLS_RMQ_MOCK_SHOW_H

#include <stdio.h>

#include "codec/json.h"

void show_json(const struct rmqi_json *value, FILE *out);

#endif
