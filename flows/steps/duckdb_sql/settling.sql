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
  "t18"."source",
  "t18"."start",
  "t18"."end",
  "t18"."pull_id",
  "t18"."turn",
  "t18"."settings",
  "t18"."age",
  LAG("t18"."turn") OVER (
    PARTITION BY "t18"."source", "t18"."start", "t18"."end"
    ORDER BY "t18"."turn" ASC
    ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
  ) AS "before",
  LAG("t18"."settings") OVER (
    PARTITION BY "t18"."source", "t18"."start", "t18"."end"
    ORDER BY "t18"."turn" ASC
    ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
  ) AS "settings_before"
FROM (
  SELECT DISTINCT
    *
  FROM (
    SELECT
      "t14"."source",
      "t14"."start",
      "t14"."end",
      "t16"."pull_id",
      "t16"."turn",
      "t16"."settings",
      DATE_DIFF('DAY', "t14"."end", "t16"."day") AS "age"
    FROM (
      SELECT DISTINCT
        "t11"."source",
        "t11"."start",
        "t11"."end"
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
          "t5"."first",
          "t9"."turn",
          "t9"."items"
        FROM "changes" AS "t4"
        INNER JOIN "since" AS "t5"
          ON "t4"."source" = "t5"."source"
        INNER JOIN (
          SELECT
            "t2"."pull_id",
            "t2"."turn",
            "t2"."items"
          FROM "pulls" AS "t2"
        ) AS "t9"
          ON "t4"."pull_id" = "t9"."pull_id"
      ) AS "t11"
      WHERE
        "t11"."end" > "t11"."first"
    ) AS "t14"
    INNER JOIN (
      SELECT
        *
      FROM (
        SELECT
          "t10"."source",
          "t10"."pull_id",
          "t10"."turn",
          "t10"."day",
          "t10"."settings",
          "t10"."items",
          "t10"."first",
          "t10"."until",
          DATE_DIFF(
            'DAY',
            MAX("t10"."day") OVER (
              PARTITION BY "t10"."source"
              ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
            ),
            "t10"."day"
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
        ) AS "t10"
      ) AS "t13"
      WHERE
        "t13"."since_newest" > -730
    ) AS "t16"
      ON "t14"."source" = "t16"."source"
      AND "t16"."first" < "t14"."end"
      AND "t14"."end" <= "t16"."until"
      AND "t14"."end" <= "t16"."day"
  ) AS "t17"
) AS "t18";

-- table begun
--   source: string
--   metric: string
--   series: string
--   begun: int64
SELECT
  "t13"."source",
  "t13"."metric",
  "t13"."series",
  CASE WHEN "t8"."source" IS NOT NULL THEN -1 ELSE "t13"."begun" END AS "begun"
FROM (
  SELECT
    "t11"."source",
    "t11"."metric",
    "t11"."series",
    MIN("t11"."turn") AS "begun"
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
      "t10"."new_value",
      "t10"."turn",
      CASE WHEN "t10"."items" THEN '' ELSE "t10"."entity" END AS "series"
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
        "t5"."first",
        "t9"."turn",
        "t9"."items"
      FROM "changes" AS "t4"
      INNER JOIN "since" AS "t5"
        ON "t4"."source" = "t5"."source"
      INNER JOIN (
        SELECT
          "t3"."pull_id",
          "t3"."turn",
          "t3"."items"
        FROM "pulls" AS "t3"
      ) AS "t9"
        ON "t4"."pull_id" = "t9"."pull_id"
    ) AS "t10"
    WHERE
      "t10"."end" > "t10"."first"
  ) AS "t11"
  GROUP BY
    1,
    2,
    3
) AS "t13"
LEFT OUTER JOIN (
  SELECT DISTINCT
    "t0"."source",
    "t0"."metric",
    "t0"."entity" AS "series"
  FROM "older" AS "t0"
) AS "t8"
  ON "t13"."source" = "t8"."source"
  AND "t13"."metric" = "t8"."metric"
  AND "t13"."series" = "t8"."series";

-- table first
--   source: string
--   start: date32[day]
--   end: date32[day]
--   first_turn: int64
SELECT
  "t11"."source",
  "t11"."start",
  "t11"."end",
  MIN("t11"."turn") AS "first_turn"
FROM (
  SELECT
    *
  FROM (
    SELECT
      "t9"."source",
      "t9"."start",
      "t9"."end",
      "t9"."turn"
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
        "t5"."first",
        "t8"."turn",
        "t8"."items"
      FROM "changes" AS "t4"
      INNER JOIN "since" AS "t5"
        ON "t4"."source" = "t5"."source"
      INNER JOIN (
        SELECT
          "t3"."pull_id",
          "t3"."turn",
          "t3"."items"
        FROM "pulls" AS "t3"
      ) AS "t8"
        ON "t4"."pull_id" = "t8"."pull_id"
    ) AS "t9"
    WHERE
      "t9"."end" > "t9"."first"
  ) AS "t10"
  UNION ALL
  SELECT
    *
  FROM (
    SELECT
      "t0"."source",
      "t0"."start",
      "t0"."end",
      "t0"."turn"
    FROM "read" AS "t0"
  ) AS "t6"
) AS "t11"
GROUP BY
  1,
  2,
  3;

-- table touched
--   source: string
--   metric: string
--   entity: string
--   start: date32[day]
--   end: date32[day]
--   pull_id: string
--   change: string
--   old_value: double
--   new_value: double
--   turn: int64
--   series: string
--   begins: bool
SELECT
  "t15"."source",
  "t15"."metric",
  "t15"."entity",
  "t15"."start",
  "t15"."end",
  "t15"."pull_id",
  "t15"."change",
  "t15"."old_value",
  "t15"."new_value",
  "t15"."turn",
  "t15"."series",
  "t15"."begins"
FROM (
  SELECT
    "t13".*
    EXCLUDE ("first_turn")
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
      "t12"."turn",
      "t12"."series",
      "t12"."first_turn",
      (
        "t12"."change" = 'added'
      ) AND (
        "t12"."turn" = "t12"."first_turn"
      ) AS "begins"
    FROM (
      SELECT
        "t11"."source",
        "t11"."metric",
        "t11"."entity",
        "t11"."start",
        "t11"."end",
        "t11"."pull_id",
        "t11"."change",
        "t11"."old_value",
        "t11"."new_value",
        "t11"."turn",
        "t11"."series",
        "t4"."first_turn"
      FROM (
        SELECT
          "t9"."source",
          "t9"."metric",
          "t9"."entity",
          "t9"."start",
          "t9"."end",
          "t9"."pull_id",
          "t9"."change",
          "t9"."old_value",
          "t9"."new_value",
          "t9"."turn",
          CASE WHEN "t9"."items" THEN '' ELSE "t9"."entity" END AS "series"
        FROM (
          SELECT
            "t5"."source",
            "t5"."metric",
            "t5"."entity",
            "t5"."start",
            "t5"."end",
            "t5"."pull_id",
            "t5"."change",
            "t5"."old_value",
            "t5"."new_value",
            "t6"."first",
            "t8"."turn",
            "t8"."items"
          FROM "changes" AS "t5"
          INNER JOIN "since" AS "t6"
            ON "t5"."source" = "t6"."source"
          INNER JOIN (
            SELECT
              "t3"."pull_id",
              "t3"."turn",
              "t3"."items"
            FROM "pulls" AS "t3"
          ) AS "t8"
            ON "t5"."pull_id" = "t8"."pull_id"
        ) AS "t9"
        WHERE
          "t9"."end" > "t9"."first"
      ) AS "t11"
      INNER JOIN "first" AS "t4"
        ON "t11"."source" = "t4"."source"
        AND "t11"."start" = "t4"."start"
        AND "t11"."end" = "t4"."end"
    ) AS "t12"
  ) AS "t13"
) AS "t15"
SEMI JOIN (
  SELECT DISTINCT
    "t14"."source",
    "t14"."metric",
    "t14"."entity",
    "t14"."start",
    "t14"."end"
  FROM (
    SELECT
      "t13".*
      EXCLUDE ("first_turn")
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
        "t12"."turn",
        "t12"."series",
        "t12"."first_turn",
        (
          "t12"."change" = 'added'
        ) AND (
          "t12"."turn" = "t12"."first_turn"
        ) AS "begins"
      FROM (
        SELECT
          "t11"."source",
          "t11"."metric",
          "t11"."entity",
          "t11"."start",
          "t11"."end",
          "t11"."pull_id",
          "t11"."change",
          "t11"."old_value",
          "t11"."new_value",
          "t11"."turn",
          "t11"."series",
          "t4"."first_turn"
        FROM (
          SELECT
            "t9"."source",
            "t9"."metric",
            "t9"."entity",
            "t9"."start",
            "t9"."end",
            "t9"."pull_id",
            "t9"."change",
            "t9"."old_value",
            "t9"."new_value",
            "t9"."turn",
            CASE WHEN "t9"."items" THEN '' ELSE "t9"."entity" END AS "series"
          FROM (
            SELECT
              "t5"."source",
              "t5"."metric",
              "t5"."entity",
              "t5"."start",
              "t5"."end",
              "t5"."pull_id",
              "t5"."change",
              "t5"."old_value",
              "t5"."new_value",
              "t6"."first",
              "t8"."turn",
              "t8"."items"
            FROM "changes" AS "t5"
            INNER JOIN "since" AS "t6"
              ON "t5"."source" = "t6"."source"
            INNER JOIN (
              SELECT
                "t3"."pull_id",
                "t3"."turn",
                "t3"."items"
              FROM "pulls" AS "t3"
            ) AS "t8"
              ON "t5"."pull_id" = "t8"."pull_id"
          ) AS "t9"
          WHERE
            "t9"."end" > "t9"."first"
        ) AS "t11"
        INNER JOIN "first" AS "t4"
          ON "t11"."source" = "t4"."source"
          AND "t11"."start" = "t4"."start"
          AND "t11"."end" = "t4"."end"
      ) AS "t12"
    ) AS "t13"
  ) AS "t14"
  WHERE
    NOT (
      "t14"."begins"
    )
) AS "t17"
  ON "t15"."source" = "t17"."source"
  AND "t15"."metric" = "t17"."metric"
  AND "t15"."entity" = "t17"."entity"
  AND "t15"."start" = "t17"."start"
  AND "t15"."end" = "t17"."end";

-- table held
--   source: string
--   metric: string
--   start: date32[day]
--   end: date32[day]
--   begun: int64
--   n: int64
SELECT
  "t25"."source",
  "t25"."metric",
  "t25"."start",
  "t25"."end",
  "t25"."begun",
  SUM("t25"."n") AS "n"
FROM (
  SELECT
    *
  FROM (
    SELECT
      "t23"."source",
      "t23"."metric",
      "t23"."start",
      "t23"."end",
      "t23"."begun",
      COUNT(*) AS "n"
    FROM (
      SELECT
        "t22"."source",
        "t22"."metric",
        "t22"."entity",
        "t22"."start",
        "t22"."end",
        "t22"."pull_id",
        "t22"."change",
        "t22"."old_value",
        "t22"."new_value",
        "t22"."turn",
        "t22"."series",
        "t22"."first_turn",
        "t6"."begun"
      FROM (
        SELECT
          *
        FROM (
          SELECT
            "t18"."source",
            "t18"."metric",
            "t18"."entity",
            "t18"."start",
            "t18"."end",
            "t18"."pull_id",
            "t18"."change",
            "t18"."old_value",
            "t18"."new_value",
            "t18"."turn",
            "t18"."series",
            "t7"."first_turn"
          FROM (
            SELECT
              "t14"."source",
              "t14"."metric",
              "t14"."entity",
              "t14"."start",
              "t14"."end",
              "t14"."pull_id",
              "t14"."change",
              "t14"."old_value",
              "t14"."new_value",
              "t14"."turn",
              CASE WHEN "t14"."items" THEN '' ELSE "t14"."entity" END AS "series"
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
                "t9"."first",
                "t12"."turn",
                "t12"."items"
              FROM "changes" AS "t8"
              INNER JOIN "since" AS "t9"
                ON "t8"."source" = "t9"."source"
              INNER JOIN (
                SELECT
                  "t5"."pull_id",
                  "t5"."turn",
                  "t5"."items"
                FROM "pulls" AS "t5"
              ) AS "t12"
                ON "t8"."pull_id" = "t12"."pull_id"
            ) AS "t14"
            WHERE
              "t14"."end" > "t14"."first" AND "t14"."change" = 'added'
          ) AS "t18"
          INNER JOIN "first" AS "t7"
            ON "t18"."source" = "t7"."source"
            AND "t18"."start" = "t7"."start"
            AND "t18"."end" = "t7"."end"
        ) AS "t20"
        WHERE
          "t20"."turn" = "t20"."first_turn"
      ) AS "t22"
      INNER JOIN "begun" AS "t6"
        ON "t22"."source" = "t6"."source"
        AND "t22"."metric" = "t6"."metric"
        AND "t22"."series" = "t6"."series"
    ) AS "t23"
    GROUP BY
      1,
      2,
      3,
      4,
      5
  ) AS "t24"
  UNION ALL
  SELECT
    *
  FROM (
    SELECT
      "t17"."source",
      "t17"."metric",
      "t17"."start",
      "t17"."end",
      "t17"."begun",
      COUNT(*) AS "n"
    FROM (
      SELECT
        *
      FROM (
        SELECT
          "t13"."source",
          "t13"."metric",
          "t13"."entity",
          "t13"."start",
          "t13"."end",
          "t13"."series",
          "t13"."begins",
          "t6"."begun"
        FROM (
          SELECT
            "t1"."source",
            "t1"."metric",
            "t1"."entity",
            "t1"."start",
            "t1"."end",
            "t1"."series",
            BOOL_OR(CAST("t1"."begins" AS BOOLEAN)) AS "begins"
          FROM "touched" AS "t1"
          GROUP BY
            1,
            2,
            3,
            4,
            5,
            6
        ) AS "t13"
        INNER JOIN "begun" AS "t6"
          ON "t13"."source" = "t6"."source"
          AND "t13"."metric" = "t6"."metric"
          AND "t13"."series" = "t6"."series"
      ) AS "t15"
      WHERE
        NOT (
          "t15"."begins"
        )
    ) AS "t17"
    GROUP BY
      1,
      2,
      3,
      4,
      5
  ) AS "t19"
) AS "t25"
GROUP BY
  1,
  2,
  3,
  4,
  5;

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
      FROM "held" AS "t0"
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
--   begun: int64
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
    "t13"."begun",
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
      "t8"."source",
      "t8"."metric",
      "t8"."entity",
      "t8"."start",
      "t8"."end",
      "t8"."pull_id",
      "t8"."change",
      "t8"."old_value",
      "t8"."new_value",
      "t8"."series",
      "t8"."begins",
      "t12"."begun",
      "t12"."final",
      "t5"."turn",
      "t5"."settings",
      "t5"."age",
      "t5"."before",
      "t5"."settings_before",
      "t6"."since",
      "t6"."until"
    FROM (
      SELECT
        "t0".*
        EXCLUDE ("turn")
      FROM "touched" AS "t0"
    ) AS "t8"
    INNER JOIN (
      SELECT
        "t10"."source",
        "t10"."metric",
        "t10"."entity",
        "t10"."start",
        "t10"."end",
        "t7"."begun",
        CASE WHEN "t10"."unknown" THEN CAST(NULL AS DOUBLE) ELSE "t10"."final" END AS "final"
      FROM (
        SELECT
          "t0"."source",
          "t0"."metric",
          "t0"."entity",
          "t0"."start",
          "t0"."end",
          "t0"."series",
          FIRST("t0"."new_value" ORDER BY "t0"."turn" DESC) AS "final",
          FIRST(
            (
              "t0"."change" = 'dropped'
            ) OR (
              "t0"."new_value" IS NULL
            ) ORDER BY "t0"."turn" DESC
          ) AS "unknown"
        FROM "touched" AS "t0"
        GROUP BY
          1,
          2,
          3,
          4,
          5,
          6
      ) AS "t10"
      INNER JOIN "begun" AS "t7"
        ON "t10"."source" = "t7"."source"
        AND "t10"."metric" = "t7"."metric"
        AND "t10"."series" = "t7"."series"
    ) AS "t12"
      ON "t8"."source" = "t12"."source"
      AND "t8"."metric" = "t12"."metric"
      AND "t8"."entity" = "t12"."entity"
      AND "t8"."start" = "t12"."start"
      AND "t8"."end" = "t12"."end"
    INNER JOIN "read" AS "t5"
      ON "t8"."source" = "t5"."source"
      AND "t8"."start" = "t5"."start"
      AND "t8"."end" = "t5"."end"
      AND "t8"."pull_id" = "t5"."pull_id"
    INNER JOIN "spans" AS "t6"
      ON "t8"."source" = "t6"."source"
      AND "t8"."start" = "t6"."start"
      AND "t8"."end" = "t6"."end"
      AND "t12"."begun" = "t6"."begun"
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
  "t11"."source",
  "t11"."metric",
  "t11"."age",
  "t11"."read_again",
  "t14"."median_change_pct",
  "t14"."p95_change_pct",
  COALESCE("t14"."changed", 0) AS "changed"
FROM (
  SELECT
    "t9"."source",
    "t9"."metric",
    "t9"."age",
    SUM("t9"."n") AS "read_again"
  FROM (
    SELECT
      *
    FROM (
      SELECT
        "t4"."source",
        "t4"."metric",
        "t4"."start",
        "t4"."end",
        "t4"."begun",
        "t4"."n",
        "t5"."since",
        "t5"."until",
        "t6"."pull_id",
        "t6"."turn",
        "t6"."settings",
        "t6"."age",
        "t6"."before",
        "t6"."settings_before"
      FROM "held" AS "t4"
      INNER JOIN "spans" AS "t5"
        ON "t4"."source" = "t5"."source"
        AND "t4"."start" = "t5"."start"
        AND "t4"."end" = "t5"."end"
        AND "t4"."begun" = "t5"."begun"
      INNER JOIN "read" AS "t6"
        ON "t4"."source" = "t6"."source"
        AND "t4"."start" = "t6"."start"
        AND "t4"."end" = "t6"."end"
    ) AS "t7"
    WHERE
      "t7"."turn" >= "t7"."begun" AND "t7"."age" > "t7"."since" AND "t7"."age" <= 400
  ) AS "t9"
  GROUP BY
    1,
    2,
    3
) AS "t11"
LEFT OUTER JOIN (
  SELECT
    "t12"."source",
    "t12"."metric",
    "t12"."age",
    "t12"."rows" AS "changed",
    (
      "t12"."median" + (
        (
          "t12"."median_next" - "t12"."median"
        ) * (
          (
            "t12"."last" * 0.5
          ) - CAST(CAST(FLOOR("t12"."last" * 0.5) AS BIGINT) AS DOUBLE)
        )
      )
    ) * 100 AS "median_change_pct",
    (
      "t12"."p95" + (
        (
          "t12"."p95_next" - "t12"."p95"
        ) * (
          (
            "t12"."last" * 0.95
          ) - CAST(CAST(FLOOR("t12"."last" * 0.95) AS BIGINT) AS DOUBLE)
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
        "t1"."source",
        "t1"."metric",
        "t1"."age",
        "t1"."step" AS "value",
        CAST(ROW_NUMBER() OVER (
          PARTITION BY "t1"."source", "t1"."metric", "t1"."age"
          ORDER BY "t1"."step" ASC
          ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
        ) - 1 AS DOUBLE) AS "at",
        CAST(COUNT(*) OVER (
          PARTITION BY "t1"."source", "t1"."metric", "t1"."age"
          ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
        ) - 1 AS DOUBLE) AS "last"
      FROM "found" AS "t1"
    ) AS "t8"
    GROUP BY
      1,
      2,
      3
  ) AS "t12"
) AS "t14"
  ON "t11"."source" = "t14"."source"
  AND "t11"."metric" = "t14"."metric"
  AND "t11"."age" = "t14"."age";

-- result
--   source: string
--   metric: string
--   since: int64
--   until: int64
--   changed: int64
--   n: int64
WITH "t7" AS (
  SELECT
    "t6"."source",
    "t6"."metric",
    "t6"."start",
    "t6"."end",
    "t6"."begun",
    "t6"."changed",
    COUNT(*) AS "n"
  FROM (
    SELECT
      "t5"."source",
      "t5"."metric",
      "t5"."entity",
      "t5"."start",
      "t5"."end",
      "t5"."begun",
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
      5,
      6
  ) AS "t6"
  GROUP BY
    1,
    2,
    3,
    4,
    5,
    6
)
SELECT
  "t16"."source",
  "t16"."metric",
  "t16"."since",
  "t16"."until",
  "t16"."changed",
  SUM("t16"."n") AS "n"
FROM (
  SELECT
    "t15"."source",
    "t15"."metric",
    "t15"."n",
    LEAST("t3"."since", 401) AS "since",
    LEAST("t3"."until", 401) AS "until",
    LEAST("t15"."changed", 401) AS "changed"
  FROM (
    SELECT
      *
    FROM (
      SELECT
        *
      FROM (
        SELECT
          *
        FROM "t7" AS "t8"
      ) AS "t9"
      UNION ALL
      SELECT
        *
      FROM (
        SELECT
          "t4"."source",
          "t4"."metric",
          "t4"."start",
          "t4"."end",
          "t4"."begun",
          -1 AS "changed",
          "t4"."n" - COALESCE("t11"."moved", 0) AS "n"
        FROM "held" AS "t4"
        LEFT OUTER JOIN (
          SELECT
            "t8"."source",
            "t8"."metric",
            "t8"."start",
            "t8"."end",
            "t8"."begun",
            SUM("t8"."n") AS "moved"
          FROM "t7" AS "t8"
          GROUP BY
            1,
            2,
            3,
            4,
            5
        ) AS "t11"
          ON "t4"."source" = "t11"."source"
          AND "t4"."metric" = "t11"."metric"
          AND "t4"."start" = "t11"."start"
          AND "t4"."end" = "t11"."end"
          AND "t4"."begun" = "t11"."begun"
      ) AS "t12"
    ) AS "t13"
    WHERE
      "t13"."n" > 0
  ) AS "t15"
  INNER JOIN "spans" AS "t3"
    ON "t15"."source" = "t3"."source"
    AND "t15"."start" = "t3"."start"
    AND "t15"."end" = "t3"."end"
    AND "t15"."begun" = "t3"."begun"
) AS "t16"
GROUP BY
  1,
  2,
  3,
  4,
  5;
