-- Made from flows/steps/expressions.py by `make queries`, with Ibis 12.0.0 and SQLGlot 30.30.0.

-- table read
--   source: string
--   start: date32[day]
--   end: date32[day]
--   pull_id: string
--   turn: int64
--   settings: string
--   age: int64
--   before: int64
--   settings_before: string
SELECT
  "t16"."source",
  "t16"."start",
  "t16"."end",
  "t16"."pull_id",
  "t16"."turn",
  "t16"."settings",
  "t16"."age",
  LAG("t16"."turn") OVER (
    PARTITION BY "t16"."source", "t16"."start", "t16"."end"
    ORDER BY "t16"."turn" ASC
    ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
  ) AS "before",
  LAG("t16"."settings") OVER (
    PARTITION BY "t16"."source", "t16"."start", "t16"."end"
    ORDER BY "t16"."turn" ASC
    ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
  ) AS "settings_before"
FROM (
  SELECT DISTINCT
    *
  FROM (
    SELECT
      "t11"."source",
      "t11"."start",
      "t11"."end",
      "t14"."pull_id",
      "t14"."turn",
      "t14"."settings",
      DATE_DIFF('DAY', "t11"."end", "t14"."day") AS "age"
    FROM (
      SELECT DISTINCT
        "t8"."source",
        "t8"."start",
        "t8"."end"
      FROM (
        SELECT
          "t4"."source",
          "t4"."metric",
          "t4"."entity",
          "t4"."start",
          "t4"."end",
          "t4"."pull_id",
          "t4"."change",
          "t4"."old_value",
          "t4"."new_value",
          "t5"."first"
        FROM "changes" AS "t4"
        INNER JOIN "since" AS "t5"
          ON "t4"."source" = "t5"."source"
      ) AS "t8"
      WHERE
        "t8"."end" > "t8"."first"
    ) AS "t11"
    INNER JOIN (
      SELECT
        *
      FROM (
        SELECT
          "t9"."source",
          "t9"."pull_id",
          "t9"."turn",
          "t9"."day",
          "t9"."settings",
          "t9"."items",
          "t9"."first",
          "t9"."until",
          DATE_DIFF(
            'DAY',
            MAX("t9"."day") OVER (
              PARTITION BY "t9"."source"
              ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
            ),
            "t9"."day"
          ) AS "since_newest"
        FROM (
          SELECT
            "t6"."source",
            "t6"."pull_id",
            "t6"."turn",
            "t6"."day",
            "t6"."settings",
            "t6"."items",
            "t7"."first",
            "t7"."until"
          FROM "pulls" AS "t6"
          INNER JOIN "windows" AS "t7"
            ON "t6"."pull_id" = "t7"."pull_id"
        ) AS "t9"
      ) AS "t12"
      WHERE
        "t12"."since_newest" > -730
    ) AS "t14"
      ON "t11"."source" = "t14"."source"
      AND "t14"."first" < "t11"."end"
      AND "t11"."end" <= "t14"."until"
      AND "t11"."end" <= "t14"."day"
  ) AS "t15"
) AS "t16";

-- table known
--   source: string
--   metric: string
--   entity: string
--   start: date32[day]
--   end: date32[day]
--   begun: int64
--   final: double
WITH "t14" AS (
  SELECT
    "t13"."source",
    "t13"."metric",
    "t13"."entity",
    "t13"."start",
    "t13"."end",
    "t13"."pull_id",
    "t13"."change",
    "t13"."old_value",
    "t13"."new_value",
    "t13"."turn",
    "t13"."items",
    CASE WHEN "t13"."items" THEN '' ELSE "t13"."entity" END AS "series"
  FROM (
    SELECT
      "t12"."source",
      "t12"."metric",
      "t12"."entity",
      "t12"."start",
      "t12"."end",
      "t12"."pull_id",
      "t12"."change",
      "t12"."old_value",
      "t12"."new_value",
      "t9"."turn",
      "t9"."items"
    FROM (
      SELECT
        "t10"."source",
        "t10"."metric",
        "t10"."entity",
        "t10"."start",
        "t10"."end",
        "t10"."pull_id",
        "t10"."change",
        "t10"."old_value",
        "t10"."new_value"
      FROM (
        SELECT
          "t4"."source",
          "t4"."metric",
          "t4"."entity",
          "t4"."start",
          "t4"."end",
          "t4"."pull_id",
          "t4"."change",
          "t4"."old_value",
          "t4"."new_value",
          "t5"."first"
        FROM "changes" AS "t4"
        INNER JOIN "since" AS "t5"
          ON "t4"."source" = "t5"."source"
      ) AS "t10"
      WHERE
        "t10"."end" > "t10"."first"
    ) AS "t12"
    INNER JOIN (
      SELECT
        "t1"."pull_id",
        "t1"."turn",
        "t1"."items"
      FROM "pulls" AS "t1"
    ) AS "t9"
      ON "t12"."pull_id" = "t9"."pull_id"
  ) AS "t13"
)
SELECT
  "t19"."source",
  "t19"."metric",
  "t19"."entity",
  "t19"."start",
  "t19"."end",
  CASE WHEN "t8"."source" IS NOT NULL THEN -1 ELSE "t17"."begun" END AS "begun",
  CASE WHEN "t19"."unknown" THEN CAST(NULL AS DOUBLE) ELSE "t19"."final" END AS "final"
FROM (
  SELECT
    "t15"."source",
    "t15"."metric",
    "t15"."entity",
    "t15"."start",
    "t15"."end",
    "t15"."series",
    FIRST("t15"."new_value" ORDER BY "t15"."turn" DESC) AS "final",
    FIRST(
      (
        "t15"."change" = 'dropped'
      ) OR (
        "t15"."new_value" IS NULL
      ) ORDER BY "t15"."turn" DESC
    ) AS "unknown"
  FROM "t14" AS "t15"
  GROUP BY
    1,
    2,
    3,
    4,
    5,
    6
) AS "t19"
INNER JOIN (
  SELECT
    "t15"."source",
    "t15"."metric",
    "t15"."series",
    MIN("t15"."turn") AS "begun"
  FROM "t14" AS "t15"
  GROUP BY
    1,
    2,
    3
) AS "t17"
  ON "t19"."source" = "t17"."source"
  AND "t19"."metric" = "t17"."metric"
  AND "t19"."series" = "t17"."series"
LEFT OUTER JOIN (
  SELECT
    "t0"."source",
    "t0"."metric",
    "t0"."entity",
    "t0"."entity" AS "series"
  FROM "older" AS "t0"
) AS "t8"
  ON "t19"."source" = "t8"."source"
  AND "t19"."metric" = "t8"."metric"
  AND "t19"."series" = "t8"."series";

-- table spans
--   source: string
--   start: date32[day]
--   end: date32[day]
--   begun: int64
--   since: int64
--   until: int64
SELECT
  "t6"."source",
  "t6"."start",
  "t6"."end",
  "t6"."begun",
  MIN("t6"."age") AS "since",
  MAX("t6"."age") AS "until"
FROM (
  SELECT
    *
  FROM (
    SELECT
      "t4"."source",
      "t4"."start",
      "t4"."end",
      "t4"."begun",
      "t2"."pull_id",
      "t2"."turn",
      "t2"."settings",
      "t2"."age",
      "t2"."before",
      "t2"."settings_before"
    FROM (
      SELECT DISTINCT
        "t0"."source",
        "t0"."start",
        "t0"."end",
        "t0"."begun"
      FROM "known" AS "t0"
    ) AS "t4"
    INNER JOIN "read" AS "t2"
      ON "t4"."source" = "t2"."source"
      AND "t4"."start" = "t2"."start"
      AND "t4"."end" = "t2"."end"
  ) AS "t5"
  WHERE
    "t5"."turn" >= "t5"."begun"
) AS "t6"
GROUP BY
  1,
  2,
  3,
  4;

-- table found
--   source: string
--   metric: string
--   entity: string
--   start: date32[day]
--   end: date32[day]
--   age: int64
--   off: double
--   step: double
SELECT
  *
FROM (
  SELECT
    "t13"."source",
    "t13"."metric",
    "t13"."entity",
    "t13"."start",
    "t13"."end",
    "t13"."age",
    CASE
      WHEN COALESCE(
        (
          (
            CASE
              WHEN "t13"."change" = 'added'
              THEN CAST(NULL AS DOUBLE)
              ELSE "t13"."old_value"
            END IS NULL
          ) <> (
            "t13"."final" IS NULL
          )
        )
        OR (
          (
            CASE
              WHEN "t13"."change" = 'added'
              THEN CAST(NULL AS DOUBLE)
              ELSE "t13"."old_value"
            END <> "t13"."final"
          )
          AND (
            (
              "t13"."final" IS NULL
            ) OR (
              "t13"."final" = 0
            )
          )
        ),
        (
          CASE
            WHEN "t13"."change" = 'added'
            THEN CAST(NULL AS DOUBLE)
            ELSE "t13"."old_value"
          END IS NULL
        ) <> (
          "t13"."final" IS NULL
        )
      )
      THEN 1.0
      ELSE COALESCE(
        ABS(
          (
            CASE
              WHEN "t13"."change" = 'added'
              THEN CAST(NULL AS DOUBLE)
              ELSE "t13"."old_value"
            END - "t13"."final"
          ) / NULLIF("t13"."final", 0)
        ),
        0.0
      )
    END AS "off",
    CASE
      WHEN COALESCE(
        (
          (
            CASE
              WHEN "t13"."change" = 'added'
              THEN CAST(NULL AS DOUBLE)
              ELSE "t13"."old_value"
            END IS NULL
          ) <> (
            CASE
              WHEN "t13"."change" = 'dropped'
              THEN CAST(NULL AS DOUBLE)
              ELSE "t13"."new_value"
            END IS NULL
          )
        )
        OR (
          (
            CASE
              WHEN "t13"."change" = 'added'
              THEN CAST(NULL AS DOUBLE)
              ELSE "t13"."old_value"
            END <> CASE
              WHEN "t13"."change" = 'dropped'
              THEN CAST(NULL AS DOUBLE)
              ELSE "t13"."new_value"
            END
          )
          AND (
            (
              "t13"."final" IS NULL
            ) OR (
              "t13"."final" = 0
            )
          )
        ),
        (
          CASE
            WHEN "t13"."change" = 'added'
            THEN CAST(NULL AS DOUBLE)
            ELSE "t13"."old_value"
          END IS NULL
        ) <> (
          CASE
            WHEN "t13"."change" = 'dropped'
            THEN CAST(NULL AS DOUBLE)
            ELSE "t13"."new_value"
          END IS NULL
        )
      )
      THEN 1.0
      ELSE COALESCE(
        ABS(
          (
            CASE
              WHEN "t13"."change" = 'added'
              THEN CAST(NULL AS DOUBLE)
              ELSE "t13"."old_value"
            END - CASE
              WHEN "t13"."change" = 'dropped'
              THEN CAST(NULL AS DOUBLE)
              ELSE "t13"."new_value"
            END
          ) / NULLIF("t13"."final", 0)
        ),
        0.0
      )
    END AS "step"
  FROM (
    SELECT
      "t12"."source",
      "t12"."metric",
      "t12"."entity",
      "t12"."start",
      "t12"."end",
      "t12"."pull_id",
      "t12"."change",
      "t12"."old_value",
      "t12"."new_value",
      "t5"."turn",
      "t5"."settings",
      "t5"."age",
      "t5"."before",
      "t5"."settings_before",
      "t6"."begun",
      "t6"."final",
      "t7"."since",
      "t7"."until"
    FROM (
      SELECT
        "t10"."source",
        "t10"."metric",
        "t10"."entity",
        "t10"."start",
        "t10"."end",
        "t10"."pull_id",
        "t10"."change",
        "t10"."old_value",
        "t10"."new_value"
      FROM (
        SELECT
          "t8"."source",
          "t8"."metric",
          "t8"."entity",
          "t8"."start",
          "t8"."end",
          "t8"."pull_id",
          "t8"."change",
          "t8"."old_value",
          "t8"."new_value",
          "t9"."first"
        FROM "changes" AS "t8"
        INNER JOIN "since" AS "t9"
          ON "t8"."source" = "t9"."source"
      ) AS "t10"
      WHERE
        "t10"."end" > "t10"."first"
    ) AS "t12"
    INNER JOIN "read" AS "t5"
      ON "t12"."source" = "t5"."source"
      AND "t12"."start" = "t5"."start"
      AND "t12"."end" = "t5"."end"
      AND "t12"."pull_id" = "t5"."pull_id"
    INNER JOIN "known" AS "t6"
      ON "t12"."source" = "t6"."source"
      AND "t12"."metric" = "t6"."metric"
      AND "t12"."entity" = "t6"."entity"
      AND "t12"."start" = "t6"."start"
      AND "t12"."end" = "t6"."end"
    INNER JOIN "spans" AS "t7"
      ON "t12"."source" = "t7"."source"
      AND "t12"."start" = "t7"."start"
      AND "t12"."end" = "t7"."end"
      AND "t6"."begun" = "t7"."begun"
  ) AS "t13"
  WHERE
    (
      (
        "t13"."change" <> 'added'
      ) OR (
        "t13"."before" >= "t13"."begun"
      )
    )
    AND "t13"."settings" = "t13"."settings_before"
    AND "t13"."age" > "t13"."since"
) AS "t14"
WHERE
  "t14"."step" > 0;

-- result
--   source: string
--   metric: string
--   age: int64
--   read_again: int64
--   median_change_pct: double
--   p95_change_pct: double
--   changed: int64
SELECT
  "t13"."source",
  "t13"."metric",
  "t13"."age",
  "t13"."read_again",
  "t15"."median_change_pct",
  "t15"."p95_change_pct",
  COALESCE("t15"."changed", 0) AS "changed"
FROM (
  SELECT
    "t10"."source",
    "t10"."metric",
    "t10"."age",
    SUM("t10"."n") AS "read_again"
  FROM (
    SELECT
      *
    FROM (
      SELECT
        "t7"."source",
        "t7"."metric",
        "t7"."start",
        "t7"."end",
        "t7"."begun",
        "t7"."n",
        "t4"."since",
        "t4"."until",
        "t5"."pull_id",
        "t5"."turn",
        "t5"."settings",
        "t5"."age",
        "t5"."before",
        "t5"."settings_before"
      FROM (
        SELECT
          "t1"."source",
          "t1"."metric",
          "t1"."start",
          "t1"."end",
          "t1"."begun",
          COUNT(*) AS "n"
        FROM "known" AS "t1"
        GROUP BY
          1,
          2,
          3,
          4,
          5
      ) AS "t7"
      INNER JOIN "spans" AS "t4"
        ON "t7"."source" = "t4"."source"
        AND "t7"."start" = "t4"."start"
        AND "t7"."end" = "t4"."end"
        AND "t7"."begun" = "t4"."begun"
      INNER JOIN "read" AS "t5"
        ON "t7"."source" = "t5"."source"
        AND "t7"."start" = "t5"."start"
        AND "t7"."end" = "t5"."end"
    ) AS "t9"
    WHERE
      "t9"."turn" >= "t9"."begun" AND "t9"."age" > "t9"."since" AND "t9"."age" <= 400
  ) AS "t10"
  GROUP BY
    1,
    2,
    3
) AS "t13"
LEFT OUTER JOIN (
  SELECT
    "t11"."source",
    "t11"."metric",
    "t11"."age",
    "t11"."rows" AS "changed",
    (
      "t11"."median" + (
        (
          "t11"."median_next" - "t11"."median"
        ) * (
          (
            "t11"."last" * 0.5
          ) - CAST(CAST(FLOOR("t11"."last" * 0.5) AS BIGINT) AS DOUBLE)
        )
      )
    ) * 100 AS "median_change_pct",
    (
      "t11"."p95" + (
        (
          "t11"."p95_next" - "t11"."p95"
        ) * (
          (
            "t11"."last" * 0.95
          ) - CAST(CAST(FLOOR("t11"."last" * 0.95) AS BIGINT) AS DOUBLE)
        )
      )
    ) * 100 AS "p95_change_pct"
  FROM (
    SELECT
      "t8"."source",
      "t8"."metric",
      "t8"."age",
      COUNT(*) AS "rows",
      MAX("t8"."last") AS "last",
      MAX("t8"."value") FILTER(WHERE
        "t8"."at" = CAST(CAST(FLOOR("t8"."last" * 0.5) AS BIGINT) AS DOUBLE)) AS "median",
      MAX("t8"."value") FILTER(WHERE
        "t8"."at" = CAST(CAST(FLOOR("t8"."last" * 0.95) AS BIGINT) AS DOUBLE)) AS "p95",
      MAX("t8"."value") FILTER(WHERE
        "t8"."at" = CAST(CAST(CEIL("t8"."last" * 0.5) AS BIGINT) AS DOUBLE)) AS "median_next",
      MAX("t8"."value") FILTER(WHERE
        "t8"."at" = CAST(CAST(CEIL("t8"."last" * 0.95) AS BIGINT) AS DOUBLE)) AS "p95_next"
    FROM (
      SELECT
        "t0"."source",
        "t0"."metric",
        "t0"."age",
        "t0"."step" AS "value",
        CAST(ROW_NUMBER() OVER (
          PARTITION BY "t0"."source", "t0"."metric", "t0"."age"
          ORDER BY "t0"."step" ASC
          ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
        ) - 1 AS DOUBLE) AS "at",
        CAST(COUNT(*) OVER (
          PARTITION BY "t0"."source", "t0"."metric", "t0"."age"
          ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
        ) - 1 AS DOUBLE) AS "last"
      FROM "found" AS "t0"
    ) AS "t8"
    GROUP BY
      1,
      2,
      3
  ) AS "t11"
) AS "t15"
  ON "t13"."source" = "t15"."source"
  AND "t13"."metric" = "t15"."metric"
  AND "t13"."age" = "t15"."age";

-- result
--   source: string
--   metric: string
--   since: int64
--   until: int64
--   changed: int64
--   n: int64
SELECT
  "t8"."source",
  "t8"."metric",
  "t8"."since",
  "t8"."until",
  "t8"."changed",
  COUNT(*) AS "n"
FROM (
  SELECT
    "t3"."source",
    "t3"."metric",
    LEAST("t4"."since", 401) AS "since",
    LEAST("t4"."until", 401) AS "until",
    LEAST(COALESCE("t7"."changed", -1), 401) AS "changed"
  FROM "known" AS "t3"
  INNER JOIN "spans" AS "t4"
    ON "t3"."source" = "t4"."source"
    AND "t3"."start" = "t4"."start"
    AND "t3"."end" = "t4"."end"
    AND "t3"."begun" = "t4"."begun"
  LEFT OUTER JOIN (
    SELECT
      "t5"."source",
      "t5"."metric",
      "t5"."entity",
      "t5"."start",
      "t5"."end",
      MAX("t5"."age") AS "changed"
    FROM (
      SELECT
        *
      FROM "found" AS "t2"
      WHERE
        "t2"."off" > 0.005
    ) AS "t5"
    GROUP BY
      1,
      2,
      3,
      4,
      5
  ) AS "t7"
    ON "t3"."source" = "t7"."source"
    AND "t3"."metric" = "t7"."metric"
    AND "t3"."entity" = "t7"."entity"
    AND "t3"."start" = "t7"."start"
    AND "t3"."end" = "t7"."end"
) AS "t8"
GROUP BY
  1,
  2,
  3,
  4,
  5;
