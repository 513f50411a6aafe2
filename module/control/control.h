/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The control room: how Twin is configured.
 *
 * Job: rtnetlink for addresses, routes and neighbours under Twin's family, in
 *	the messages of AF_INET; notifications of changes; sysctl net.twin.
 * Callers: main.c opens and closes it and passes on events; user space.
 * Callees: link/ and ip/, which do the work and report errors.
 * Locks: handlers run under RTNL; notifications run anywhere.
 */
#ifndef TWIN_CONTROL_H
#define TWIN_CONTROL_H

#include "../twin.h"

/* rtnl.c: module load and unload */
int twin_control_init(void);
void twin_control_exit(void);

/* rtnl.c: tells listeners of RTNLGRP_IPV4_IFADDR, _IPV4_ROUTE and _NEIGH */
void twin_control_event(struct twin_net *tn, enum twin_event event, void *arg);

/*
 * sysctl.c: twin_control_conf_init() comes before every other room's
 * _net_init(), the sysctl files after them.
 */
void twin_control_conf_init(struct twin_conf *conf);
int twin_control_net_init(struct twin_net *tn);
void twin_control_net_exit(struct twin_net *tn);
int twin_control_unspec_family(const struct twin_net *tn);

#endif
