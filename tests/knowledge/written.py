"""An article that is right, for tests to spoil."""

ARTICLE = """\
---
id: mild_hiccups
title: Hiccups
language: en
topics: [mild_hiccups, hiccups]
also: [hiccoughs]
sources:
  - {id: s1, title: Hiccups, url: "https://www.example.org/hiccups", publisher: Example}
  - {id: s2, title: Drinking, url: "https://www.example.org/drinking", publisher: Example}
reviewed_on: 2026-01-31
version: 1
---

## What it often is

Hiccups often come from eating too fast. [s1]
They pass at 37.5 C as well as
at any other temperature. [s1][s2]

## What you can do yourself

- Sip cold water. [s2] Do it slowly. [s1, s2]
- Hold your breath for a moment. [s1]

## What a clinician may do

A clinician may look for a reason. [s1]

## Get help sooner if

- you have had them for two days. [s1]

## Get emergency help if

- it is hard to breathe. [s1]
"""
