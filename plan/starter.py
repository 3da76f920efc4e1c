"""The starter plan that ``kmi init`` writes: it is valid as it is, and commented."""

STARTER = """\
# yaml-language-server: $schema=./plan.schema.json
# What is measured, from which sources, against which targets. `kmi check` checks this file
# and lists what in it is not SMART.

organisation:
  name: My library
  time_zone: Europe/London        # days and deadlines fall in this zone

calendar:
  closed:                         # nothing is expected on these days; without `to` it is permanent
    - {from: 2026-12-25, to: 2027-01-01, reason: Christmas}
  # opening_hours:
  #   default: {monday: "09:00-17:00", tuesday: "09:00-17:00", saturday: ["10:00-12:30", "13:30-16:00"]}
  #   entities: {Hill branch: {monday: "09:00-13:00"}}

# Where the figures come from. Never write a secret here: write ${env:NAME} and set NAME in the environment.
sources:
  visits:
    type: footfall                # gate counts and visit returns from CSV, TSV or XLSX
    path: visits.csv              # a file, a folder, a pattern like counts/*.csv, or an address
    layout: wide                  # a row per branch, a column per month; or `long`: a row per branch and date
    columns: {entity: Branch}
    date_formats: ["%Y-%m"]       # how dates are written; day-month or month-day is never guessed
    period: month
  staff_figures:
    type: measures                # figures that staff type; `kmi init --measures` writes the template
    path: measures.csv
    measures:
      training_attendances: {unit: attendances, kind: flow, description: People who came to a training session}
    period: month
    date_formats: ["%Y-%m"]
  # news:
  #   type: feed                  # RSS or Atom: what was published, counted once each
  #   url: https://library.example.org/news/feed.xml
  #   kind: news
  # website:
  #   type: access_log            # visits and page views from the web server's logs, robots left out
  #   path: logs/
  #   pages: [/km/]

# What the indicators serve. Each target is bound to one of these.
objectives:
  use: More people use what we know
  skills: Staff know how to share what they know

# Each indicator is a series: a flow adds up over days, a stock is a level, a rate is a ratio.
indicators:
  library_visits:
    title: Visits to the library
    unit: visits
    kind: flow
    better: up
    period: month
    of:
      - {source: visits, metric: visits}
    objective: use
    owner: Head of user services  # the job title that is responsible
    target:
      baseline: {from: 2025-01-01, to: 2025-12-31}   # the mean of its months; or give a value
      value: 12000                # visits in a month
      review: 2027-07-01          # the day to check whether it will be met, and to act
      due: 2027-12-31
      path: linear                # or geometric: the same growth rate throughout
  training:
    title: Attendances at training
    unit: attendances
    kind: flow
    period: quarter
    of:
      - {source: staff_figures, metric: training_attendances}
    objective: skills
    owner: Training officer
    target:
      baseline: {from: 2025-01-01, to: 2025-12-31, value: 60}
      value: 90
      review: 2027-07-01
      due: 2027-12-31

# What was done to move the indicators, to compare with them later.
activities:
  open_week:
    date: 2026-10-05
    title: Open week in all branches
    channel: event
    indicators: [library_visits]
"""

SAMPLE_VISITS = "Branch,2025-01,2025-02,2025-03\nCentral,,,\nHill branch,,,\n"
