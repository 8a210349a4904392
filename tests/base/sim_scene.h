/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim_scene.h - a simulation, and what runs in it: tasks that write a trace, tasks that wait, timers that end
 * the waiting. Its names are variables, one scene a process.
 */
#ifndef TESTS_BASE_SIM_SCENE_H
#define TESTS_BASE_SIM_SCENE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/mem.h"
#include "base/sim.h"
#include "tests/support/suite.h"

extern struct rmqi_sim *sim;
extern struct rmqi_env env;
extern struct rmqi_timers ts;
extern char trace[256];

void open_sim(uint64_t seed);
void close_sim(void);
int64_t now(void);
void note(char c);

/* A task with a name. */
struct step {
	struct rmqi_task task;
	char name;
	void *owner; /* expected rmqi_current() */
};

void run_step(struct rmqi_task *task);
struct rmqi_lane *lane_new(unsigned width, void *owner);
void post_step(struct rmqi_lane *l, struct step *s, char name, void *owner);

/* Writes its name, waits, writes its name in lower case. */
struct waiter {
	struct rmqi_task task;
	struct rmqi_event *ev;
	int64_t deadline_us;
	char name;
	bool result;
};

/* Waits without a deadline, if the test sets none before it runs. */
void post_waiter(struct rmqi_executor *e, struct waiter *w, char name, struct rmqi_event *ev);

/* Sets an event at a given time. */
struct setter {
	struct rmqi_timer timer;
	struct rmqi_event ev;
};

void setter_start(struct setter *s, int64_t at_us);
void setter_deinit(struct setter *s);

#endif
