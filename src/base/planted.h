/* SPDX-License-Identifier: Apache-2.0 */
/*
 * planted.h - mistakes that are made on purpose, so that the simulation can show that it finds them.
 *
 * Only the program tests/simulation/t_planted is compiled with RMQI_PLANTS, and makes the one mistake that
 * rmqi_planted names. Everywhere else, in the libraries above all, RMQI_PLANTED(name) is the constant false
 * (tests/lint/planted.sh).
 *
 *     if (RMQI_PLANTED(ACK_BEFORE_FLUSH))
 *             parts &= ~MB_WAIT_FLUSHED;
 */
#ifndef RMQI_BASE_PLANTED_H
#define RMQI_BASE_PLANTED_H

#include <stdbool.h>

#ifdef RMQI_PLANTS

enum rmqi_plant {
	RMQI_PLANT_NONE,
#define P(name, what) RMQI_PLANT_##name,
#include "base/planted.def"
#undef P
	RMQI_PLANTS_END
};

extern enum rmqi_plant rmqi_planted; /* tests/simulation/t_planted.c */

#define RMQI_PLANTED(name) (rmqi_planted == RMQI_PLANT_##name)

#else
#define RMQI_PLANTED(name) false
#endif

#endif
