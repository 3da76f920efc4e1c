-- Made from flows/steps/expressions.py by `make queries`, with Ibis 12.0.0 and SQLGlot 30.30.0.

-- table counter_steps
--   source: string
--   metric: string
--   entity: string
--   start: date32[day]
--   end: date32[day]
--   value: double
--   flags: list<item: string>
--   retrieved_at: timestamp[us, tz=UTC]
--   pull_id: string
--   rollover: bool
--   reset: bool
--   implausible: bool
--   corrected: bool
--   steps: bool
WITH "t7" AS (
  SELECT
    "t6"."source",
    "t6"."metric",
    "t6"."entity",
    "t6"."start",
    "t6"."end",
    "t6"."value",
    "t6"."flags",
    "t6"."retrieved_at",
    "t6"."pull_id",
    "t6"."kind",
    "t6"."rollover",
    "t6"."divide_by",
    "t6"."largest_step",
    "t6"."resets",
    ROW_NUMBER() OVER (
      PARTITION BY "t6"."source", "t6"."metric", "t6"."entity"
      ORDER BY "t6"."start" ASC, "t6"."value" ASC, "t6"."pull_id" ASC
      ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
    ) - 1 AS "at",
    "t6"."value" - LAG("t6"."value") OVER (
      PARTITION BY "t6"."source", "t6"."metric", "t6"."entity"
      ORDER BY "t6"."start" ASC, "t6"."value" ASC, "t6"."pull_id" ASC
      ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
    ) AS "risen"
  FROM (
    SELECT
      "t4"."source",
      "t4"."metric",
      "t4"."entity",
      "t4"."start",
      "t4"."end",
      "t4"."value",
      "t4"."flags",
      "t4"."retrieved_at",
      "t4"."pull_id",
      "t5"."kind",
      "t5"."rollover",
      "t5"."divide_by",
      "t5"."largest_step",
      "t5"."resets"
    FROM (
      SELECT
        *
      FROM "observations" AS "t0"
      WHERE
        "t0"."value" IS NOT NULL
    ) AS "t4"
    INNER JOIN (
      SELECT
        *
      FROM "metrics" AS "t1"
      WHERE
        "t1"."kind" = 'reading'
    ) AS "t5"
      ON "t4"."source" = "t5"."source" AND "t4"."metric" = "t5"."metric"
  ) AS "t6"
)
SELECT
  "t23"."source",
  "t23"."metric",
  "t23"."entity",
  "t23"."since" AS "start",
  "t23"."start" AS "end",
  CASE
    WHEN COALESCE(
      (
        ABS(
          CASE
            WHEN "t23"."rolls"
            THEN "t23"."forward"
            WHEN "t23"."began"
            THEN "t23"."value"
            ELSE "t23"."value" - "t23"."before"
          END
        ) > "t23"."most"
      )
      OR (
        (
          "t23"."value" < "t23"."before"
        )
        AND NOT (
          "t23"."rolls"
        )
        AND NOT (
          "t23"."began"
        )
        AND "t23"."resets"
        AND (
          (
            "t23"."after" IS NULL
          )
          OR (
            (
              "t23"."before" - "t23"."value"
            ) > "t23"."near"
          )
        )
      ),
      FALSE
    )
    THEN CAST(NULL AS DOUBLE)
    ELSE CASE
      WHEN "t23"."rolls"
      THEN "t23"."forward"
      WHEN "t23"."began"
      THEN "t23"."value"
      ELSE "t23"."value" - "t23"."before"
    END / "t23"."divide_by"
  END AS "value",
  "t23"."flags",
  "t23"."retrieved_at",
  "t23"."pull_id",
  "t23"."rolls" AS "rollover",
  "t23"."began" AS "reset",
  COALESCE(
    (
      ABS(
        CASE
          WHEN "t23"."rolls"
          THEN "t23"."forward"
          WHEN "t23"."began"
          THEN "t23"."value"
          ELSE "t23"."value" - "t23"."before"
        END
      ) > "t23"."most"
    )
    OR (
      (
        "t23"."value" < "t23"."before"
      )
      AND NOT (
        "t23"."rolls"
      )
      AND NOT (
        "t23"."began"
      )
      AND "t23"."resets"
      AND (
        (
          "t23"."after" IS NULL
        )
        OR (
          (
            "t23"."before" - "t23"."value"
          ) > "t23"."near"
        )
      )
    ),
    FALSE
  ) AS "implausible",
  (
    (
      "t23"."value" < "t23"."before"
    )
    AND NOT (
      "t23"."rolls"
    )
    AND NOT (
      "t23"."began"
    )
    AND "t23"."resets"
    AND NOT (
      COALESCE(
        (
          ABS(
            CASE
              WHEN "t23"."rolls"
              THEN "t23"."forward"
              WHEN "t23"."began"
              THEN "t23"."value"
              ELSE "t23"."value" - "t23"."before"
            END
          ) > "t23"."most"
        )
        OR (
          (
            "t23"."value" < "t23"."before"
          )
          AND NOT (
            "t23"."rolls"
          )
          AND NOT (
            "t23"."began"
          )
          AND "t23"."resets"
          AND (
            (
              "t23"."after" IS NULL
            )
            OR (
              (
                "t23"."before" - "t23"."value"
              ) > "t23"."near"
            )
          )
        ),
        FALSE
      )
    )
  )
  OR (
    (
      "t23"."at" - "t23"."at_before"
    ) > 1
  ) AS "corrected",
  TRUE AS "steps"
FROM (
  SELECT
    "t22"."source",
    "t22"."metric",
    "t22"."entity",
    "t22"."start",
    "t22"."value",
    "t22"."flags",
    "t22"."retrieved_at",
    "t22"."pull_id",
    "t22"."rollover",
    "t22"."divide_by",
    "t22"."largest_step",
    "t22"."resets",
    "t22"."rate",
    "t22"."at",
    "t22"."before",
    "t22"."since",
    "t22"."at_before",
    "t22"."after",
    "t22"."beyond",
    "t22"."days",
    "t22"."days_after",
    COALESCE("t22"."largest_step", "t22"."rate" * "t22"."days") AS "most",
    (
      "t22"."value" - "t22"."before"
    ) + "t22"."rollover" AS "forward",
    COALESCE("t22"."largest_step", "t22"."rate" * "t22"."days" * 0.1, "t22"."before" * 0.1) AS "near",
    COALESCE(
      "t22"."largest_step",
      "t22"."rate" * "t22"."days_after" * 0.1,
      COALESCE("t22"."largest_step", "t22"."rate" * "t22"."days" * 0.1, "t22"."before" * 0.1)
    ) AS "near_after",
    COALESCE(
      (
        "t22"."value" < "t22"."before"
      )
      AND "t22"."resets"
      AND (
        (
          (
            "t22"."value" - "t22"."before"
          ) + "t22"."rollover"
        ) <= COALESCE("t22"."largest_step", "t22"."rollover" * 0.1)
      ),
      FALSE
    ) AS "rolls",
    COALESCE(
      (
        "t22"."value" < "t22"."before"
      )
      AND "t22"."resets"
      AND NOT (
        COALESCE(
          (
            "t22"."value" < "t22"."before"
          )
          AND "t22"."resets"
          AND (
            (
              (
                "t22"."value" - "t22"."before"
              ) + "t22"."rollover"
            ) <= COALESCE("t22"."largest_step", "t22"."rollover" * 0.1)
          ),
          FALSE
        )
      )
      AND (
        "t22"."value" <= COALESCE("t22"."largest_step", "t22"."rate" * "t22"."days" * 0.1, "t22"."before" * 0.1)
      ),
      FALSE
    ) AS "began"
  FROM (
    SELECT
      "t21"."source",
      "t21"."metric",
      "t21"."entity",
      "t21"."start",
      "t21"."value",
      "t21"."flags",
      "t21"."retrieved_at",
      "t21"."pull_id",
      "t21"."rollover",
      "t21"."divide_by",
      "t21"."largest_step",
      "t21"."resets",
      "t21"."rate",
      "t21"."at",
      LAG("t21"."value") OVER (
        PARTITION BY "t21"."source", "t21"."metric", "t21"."entity"
        ORDER BY "t21"."start" ASC, "t21"."value" ASC, "t21"."pull_id" ASC
        ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
      ) AS "before",
      LAG("t21"."start") OVER (
        PARTITION BY "t21"."source", "t21"."metric", "t21"."entity"
        ORDER BY "t21"."start" ASC, "t21"."value" ASC, "t21"."pull_id" ASC
        ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
      ) AS "since",
      LAG("t21"."at") OVER (
        PARTITION BY "t21"."source", "t21"."metric", "t21"."entity"
        ORDER BY "t21"."start" ASC, "t21"."value" ASC, "t21"."pull_id" ASC
        ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
      ) AS "at_before",
      LEAD("t21"."value") OVER (
        PARTITION BY "t21"."source", "t21"."metric", "t21"."entity"
        ORDER BY "t21"."start" ASC, "t21"."value" ASC, "t21"."pull_id" ASC
        ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
      ) AS "after",
      LEAD("t21"."value", 2) OVER (
        PARTITION BY "t21"."source", "t21"."metric", "t21"."entity"
        ORDER BY "t21"."start" ASC, "t21"."value" ASC, "t21"."pull_id" ASC
        ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
      ) AS "beyond",
      CAST(DATE_DIFF(
        'DAY',
        LAG("t21"."start") OVER (
          PARTITION BY "t21"."source", "t21"."metric", "t21"."entity"
          ORDER BY "t21"."start" ASC, "t21"."value" ASC, "t21"."pull_id" ASC
          ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
        ),
        "t21"."start"
      ) AS DOUBLE) AS "days",
      CAST(DATE_DIFF(
        'DAY',
        "t21"."start",
        LEAD("t21"."start") OVER (
          PARTITION BY "t21"."source", "t21"."metric", "t21"."entity"
          ORDER BY "t21"."start" ASC, "t21"."value" ASC, "t21"."pull_id" ASC
          ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
        )
      ) AS DOUBLE) AS "days_after"
    FROM (
      SELECT
        "t20"."source",
        "t20"."metric",
        "t20"."entity",
        "t20"."start",
        "t20"."value",
        "t20"."flags",
        "t20"."retrieved_at",
        "t20"."pull_id",
        "t20"."rollover",
        "t20"."divide_by",
        "t20"."largest_step",
        "t20"."resets",
        "t20"."rate",
        "t20"."at"
      FROM (
        SELECT
          "t19"."source",
          "t19"."metric",
          "t19"."entity",
          "t19"."start",
          "t19"."end",
          "t19"."value",
          "t19"."flags",
          "t19"."retrieved_at",
          "t19"."pull_id",
          "t19"."kind",
          "t19"."rollover",
          "t19"."divide_by",
          "t19"."largest_step",
          "t19"."resets",
          "t19"."at",
          "t19"."rate",
          "t19"."before",
          "t19"."since",
          "t19"."at_before",
          "t19"."after",
          "t19"."beyond",
          "t19"."days",
          "t19"."days_after",
          COALESCE("t19"."largest_step", "t19"."rate" * "t19"."days") AS "most",
          (
            "t19"."value" - "t19"."before"
          ) + "t19"."rollover" AS "forward",
          COALESCE("t19"."largest_step", "t19"."rate" * "t19"."days" * 0.1, "t19"."before" * 0.1) AS "near",
          COALESCE(
            "t19"."largest_step",
            "t19"."rate" * "t19"."days_after" * 0.1,
            COALESCE("t19"."largest_step", "t19"."rate" * "t19"."days" * 0.1, "t19"."before" * 0.1)
          ) AS "near_after",
          COALESCE(
            (
              "t19"."value" < "t19"."before"
            )
            AND "t19"."resets"
            AND (
              (
                (
                  "t19"."value" - "t19"."before"
                ) + "t19"."rollover"
              ) <= COALESCE("t19"."largest_step", "t19"."rollover" * 0.1)
            ),
            FALSE
          ) AS "rolls",
          COALESCE(
            (
              "t19"."value" < "t19"."before"
            )
            AND "t19"."resets"
            AND NOT (
              COALESCE(
                (
                  "t19"."value" < "t19"."before"
                )
                AND "t19"."resets"
                AND (
                  (
                    (
                      "t19"."value" - "t19"."before"
                    ) + "t19"."rollover"
                  ) <= COALESCE("t19"."largest_step", "t19"."rollover" * 0.1)
                ),
                FALSE
              )
            )
            AND (
              "t19"."value" <= COALESCE("t19"."largest_step", "t19"."rate" * "t19"."days" * 0.1, "t19"."before" * 0.1)
            ),
            FALSE
          ) AS "began"
        FROM (
          SELECT
            "t18"."source",
            "t18"."metric",
            "t18"."entity",
            "t18"."start",
            "t18"."end",
            "t18"."value",
            "t18"."flags",
            "t18"."retrieved_at",
            "t18"."pull_id",
            "t18"."kind",
            "t18"."rollover",
            "t18"."divide_by",
            "t18"."largest_step",
            "t18"."resets",
            "t18"."at",
            "t18"."rate",
            LAG("t18"."value") OVER (
              PARTITION BY "t18"."source", "t18"."metric", "t18"."entity"
              ORDER BY "t18"."start" ASC, "t18"."value" ASC, "t18"."pull_id" ASC
              ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
            ) AS "before",
            LAG("t18"."start") OVER (
              PARTITION BY "t18"."source", "t18"."metric", "t18"."entity"
              ORDER BY "t18"."start" ASC, "t18"."value" ASC, "t18"."pull_id" ASC
              ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
            ) AS "since",
            LAG("t18"."at") OVER (
              PARTITION BY "t18"."source", "t18"."metric", "t18"."entity"
              ORDER BY "t18"."start" ASC, "t18"."value" ASC, "t18"."pull_id" ASC
              ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
            ) AS "at_before",
            LEAD("t18"."value") OVER (
              PARTITION BY "t18"."source", "t18"."metric", "t18"."entity"
              ORDER BY "t18"."start" ASC, "t18"."value" ASC, "t18"."pull_id" ASC
              ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
            ) AS "after",
            LEAD("t18"."value", 2) OVER (
              PARTITION BY "t18"."source", "t18"."metric", "t18"."entity"
              ORDER BY "t18"."start" ASC, "t18"."value" ASC, "t18"."pull_id" ASC
              ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
            ) AS "beyond",
            CAST(DATE_DIFF(
              'DAY',
              LAG("t18"."start") OVER (
                PARTITION BY "t18"."source", "t18"."metric", "t18"."entity"
                ORDER BY "t18"."start" ASC, "t18"."value" ASC, "t18"."pull_id" ASC
                ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
              ),
              "t18"."start"
            ) AS DOUBLE) AS "days",
            CAST(DATE_DIFF(
              'DAY',
              "t18"."start",
              LEAD("t18"."start") OVER (
                PARTITION BY "t18"."source", "t18"."metric", "t18"."entity"
                ORDER BY "t18"."start" ASC, "t18"."value" ASC, "t18"."pull_id" ASC
                ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
              )
            ) AS DOUBLE) AS "days_after"
          FROM (
            SELECT
              "t17".*
              EXCLUDE ("entity_right", "source_right", "metric_right")
            FROM (
              SELECT
                "t10"."source",
                "t10"."metric",
                "t10"."entity",
                "t10"."start",
                "t10"."end",
                "t10"."value",
                "t10"."flags",
                "t10"."retrieved_at",
                "t10"."pull_id",
                "t10"."kind",
                "t10"."rollover",
                "t10"."divide_by",
                "t10"."largest_step",
                "t10"."resets",
                "t10"."at",
                "t16"."source" AS "source_right",
                "t16"."metric" AS "metric_right",
                "t16"."entity" AS "entity_right",
                "t16"."rate"
              FROM (
                SELECT
                  "t8".*
                  EXCLUDE ("risen")
                FROM "t7" AS "t8"
              ) AS "t10"
              LEFT OUTER JOIN (
                SELECT
                  "t14"."source",
                  "t14"."metric",
                  "t14"."entity",
                  (
                    "t14"."usual" + (
                      (
                        "t14"."usual_next" - "t14"."usual"
                      ) * (
                        (
                          "t14"."last" * 0.9
                        ) - CAST(CAST(FLOOR("t14"."last" * 0.9) AS BIGINT) AS DOUBLE)
                      )
                    )
                  ) * 100 AS "rate"
                FROM (
                  SELECT
                    "t13"."source",
                    "t13"."metric",
                    "t13"."entity",
                    COUNT(*) AS "rows",
                    MAX("t13"."last") AS "last",
                    MAX("t13"."value") FILTER(WHERE
                      "t13"."at" = CAST(CAST(FLOOR("t13"."last" * 0.9) AS BIGINT) AS DOUBLE)) AS "usual",
                    MAX("t13"."value") FILTER(WHERE
                      "t13"."at" = CAST(CAST(CEIL("t13"."last" * 0.9) AS BIGINT) AS DOUBLE)) AS "usual_next"
                  FROM (
                    SELECT
                      "t12"."source",
                      "t12"."metric",
                      "t12"."entity",
                      "t12"."a_day" AS "value",
                      CAST(ROW_NUMBER() OVER (
                        PARTITION BY "t12"."source", "t12"."metric", "t12"."entity"
                        ORDER BY "t12"."a_day" ASC
                        ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
                      ) - 1 AS DOUBLE) AS "at",
                      CAST(COUNT(*) OVER (
                        PARTITION BY "t12"."source", "t12"."metric", "t12"."entity"
                        ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
                      ) - 1 AS DOUBLE) AS "last"
                    FROM (
                      SELECT
                        *
                      FROM (
                        SELECT
                          "t8"."source",
                          "t8"."metric",
                          "t8"."entity",
                          "t8"."start",
                          "t8"."end",
                          "t8"."value",
                          "t8"."flags",
                          "t8"."retrieved_at",
                          "t8"."pull_id",
                          "t8"."kind",
                          "t8"."rollover",
                          "t8"."divide_by",
                          "t8"."largest_step",
                          "t8"."resets",
                          "t8"."at",
                          "t8"."risen",
                          "t8"."risen" / NULLIF(
                            CAST(DATE_DIFF(
                              'DAY',
                              LAG("t8"."start") OVER (
                                PARTITION BY "t8"."source", "t8"."metric", "t8"."entity"
                                ORDER BY "t8"."start" ASC, "t8"."value" ASC, "t8"."pull_id" ASC
                                ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
                              ),
                              "t8"."start"
                            ) AS DOUBLE),
                            0.0
                          ) AS "a_day"
                        FROM "t7" AS "t8"
                      ) AS "t11"
                      WHERE
                        "t11"."resets"
                        AND "t11"."largest_step" IS NULL
                        AND "t11"."risen" > 0
                        AND "t11"."a_day" IS NOT NULL
                    ) AS "t12"
                  ) AS "t13"
                  GROUP BY
                    1,
                    2,
                    3
                ) AS "t14"
                WHERE
                  "t14"."rows" >= 10
              ) AS "t16"
                ON "t10"."source" = "t16"."source"
                AND "t10"."metric" = "t16"."metric"
                AND "t10"."entity" = "t16"."entity"
            ) AS "t17"
          ) AS "t18"
        ) AS "t19"
      ) AS "t20"
      WHERE
        NOT (
          "t20"."resets"
          AND (
            COALESCE(
              (
                "t20"."value" < "t20"."before"
              )
              AND (
                (
                  (
                    "t20"."after" - "t20"."before"
                  ) >= 0
                )
                AND (
                  (
                    "t20"."after" - "t20"."before"
                  ) <= (
                    "t20"."near" + "t20"."near_after"
                  )
                )
              )
              AND NOT (
                (
                  "t20"."rolls" OR "t20"."began"
                )
                AND (
                  (
                    "t20"."after" - "t20"."value"
                  ) <= "t20"."near_after"
                )
              ),
              FALSE
            )
            OR COALESCE(
              (
                (
                  "t20"."after" - "t20"."value"
                ) < 0
              )
              AND (
                (
                  (
                    "t20"."after" - "t20"."before"
                  ) >= 0
                )
                AND (
                  (
                    "t20"."after" - "t20"."before"
                  ) <= (
                    "t20"."near" + "t20"."near_after"
                  )
                )
              )
              AND (
                (
                  (
                    "t20"."value" - "t20"."before"
                  ) > "t20"."most"
                )
                OR (
                  (
                    "t20"."beyond" < "t20"."value"
                  ) AND (
                    "t20"."after" > "t20"."near_after"
                  )
                )
              ),
              FALSE
            )
          )
        )
    ) AS "t21"
  ) AS "t22"
  WHERE
    "t22"."before" IS NOT NULL
) AS "t23";

-- view placed_days
--   part_id: int64
--   entity: string
--   day: date32[day]
--   value: double
--   flags: list<item: string>
--   retrieved_at: timestamp[us, tz=UTC]
--   pull_id: string
--   start: date32[day]
--   closed: int64
SELECT
  "t9"."part_id",
  "t10"."entity",
  "t16"."day",
  "t10"."value",
  "t10"."flags",
  "t10"."retrieved_at",
  "t10"."pull_id",
  "t16"."start",
  COALESCE("t16"."everywhere", 0) + COALESCE("t13"."own", 0) AS "closed"
FROM (
  SELECT
    "t0"."source",
    "t0"."metric",
    "t0"."entity",
    "t0"."start",
    "t0"."end",
    "t0"."value",
    "t0"."flags",
    "t0"."retrieved_at",
    "t0"."pull_id",
    FALSE AS "rollover",
    FALSE AS "reset",
    FALSE AS "implausible",
    FALSE AS "corrected",
    FALSE AS "steps"
  FROM "observations" AS "t0"
  WHERE
    DATE_DIFF('DAY', "t0"."start", "t0"."end") = 1
) AS "t10"
INNER JOIN (
  SELECT
    *
  FROM "parts" AS "t1"
  WHERE
    NOT (
      "t1"."items"
    )
) AS "t9"
  ON "t10"."source" = "t9"."source"
  AND "t10"."metric" = "t9"."metric"
  AND "t10"."steps" = "t9"."steps"
  AND (
    (
      "t9"."entity" IS NULL
    ) OR (
      "t9"."entity" = "t10"."entity"
    )
  )
INNER JOIN (
  SELECT
    "t4"."period",
    "t4"."day",
    "t4"."start",
    "t4"."end",
    "t14"."day" AS "closed_day",
    "t14"."everywhere"
  FROM "days" AS "t4"
  LEFT OUTER JOIN (
    SELECT
      "t7"."day",
      COUNT(*) AS "everywhere"
    FROM (
      SELECT
        *
      FROM "closed" AS "t3"
      WHERE
        "t3"."entity" = ''
    ) AS "t7"
    GROUP BY
      1
  ) AS "t14"
    ON "t4"."day" = "t14"."day"
) AS "t16"
  ON "t9"."period" = "t16"."period" AND "t10"."start" = "t16"."day"
LEFT OUTER JOIN (
  SELECT
    "t6"."entity",
    "t6"."day",
    COUNT(*) AS "own"
  FROM (
    SELECT
      *
    FROM "closed" AS "t3"
    WHERE
      "t3"."entity" <> ''
  ) AS "t6"
  GROUP BY
    1,
    2
) AS "t13"
  ON "t10"."entity" = "t13"."entity" AND "t16"."day" = "t13"."day";

-- view placed_spans
--   part_id: int64
--   entity: string
--   own_entity: string
--   items: bool
--   start: date32[day]
--   span_start: date32[day]
--   span_end: date32[day]
--   first: date32[day]
--   last: date32[day]
--   value: double
--   flags: list<item: string>
--   retrieved_at: timestamp[us, tz=UTC]
--   pull_id: string
--   rollover: bool
--   reset: bool
--   implausible: bool
--   corrected: bool
SELECT
  *
FROM (
  SELECT
    "t5"."part_id",
    CASE WHEN "t5"."items" THEN '' ELSE "t4"."entity" END AS "entity",
    "t4"."entity" AS "own_entity",
    "t5"."items",
    "t6"."start",
    "t4"."start" AS "span_start",
    "t4"."end" AS "span_end",
    GREATEST("t4"."start", "t6"."start") AS "first",
    LEAST("t4"."end", "t6"."end") AS "last",
    "t4"."value",
    "t4"."flags",
    "t4"."retrieved_at",
    "t4"."pull_id",
    "t4"."rollover",
    "t4"."reset",
    "t4"."implausible",
    "t4"."corrected"
  FROM "counter_steps" AS "t4"
  INNER JOIN "parts" AS "t5"
    ON "t4"."source" = "t5"."source"
    AND "t4"."metric" = "t5"."metric"
    AND "t4"."steps" = "t5"."steps"
    AND (
      (
        "t5"."entity" IS NULL
      ) OR (
        "t5"."entity" = "t4"."entity"
      )
    )
  INNER JOIN "grid" AS "t6"
    ON "t5"."period" = "t6"."period"
    AND "t4"."start" < "t6"."end"
    AND "t4"."end" > "t6"."start"
) AS "t13"
UNION ALL
SELECT
  *
FROM (
  SELECT
    *
  FROM (
    SELECT
      "t8"."part_id",
      CASE WHEN "t8"."items" THEN '' ELSE "t11"."entity" END AS "entity",
      "t11"."entity" AS "own_entity",
      "t8"."items",
      "t6"."start",
      "t11"."start" AS "span_start",
      "t11"."end" AS "span_end",
      GREATEST("t11"."start", "t6"."start") AS "first",
      LEAST("t11"."end", "t6"."end") AS "last",
      "t11"."value",
      "t11"."flags",
      "t11"."retrieved_at",
      "t11"."pull_id",
      "t11"."rollover",
      "t11"."reset",
      "t11"."implausible",
      "t11"."corrected"
    FROM (
      SELECT
        "t3"."source",
        "t3"."metric",
        "t3"."entity",
        "t3"."start",
        "t3"."end",
        "t3"."value",
        "t3"."flags",
        "t3"."retrieved_at",
        "t3"."pull_id",
        FALSE AS "rollover",
        FALSE AS "reset",
        FALSE AS "implausible",
        FALSE AS "corrected",
        FALSE AS "steps"
      FROM "observations" AS "t3"
      WHERE
        DATE_DIFF('DAY', "t3"."start", "t3"."end") = 1
    ) AS "t11"
    INNER JOIN (
      SELECT
        *
      FROM "parts" AS "t1"
      WHERE
        "t1"."items"
    ) AS "t8"
      ON "t11"."source" = "t8"."source"
      AND "t11"."metric" = "t8"."metric"
      AND "t11"."steps" = "t8"."steps"
      AND (
        (
          "t8"."entity" IS NULL
        ) OR (
          "t8"."entity" = "t11"."entity"
        )
      )
    INNER JOIN "grid" AS "t6"
      ON "t8"."period" = "t6"."period"
      AND "t11"."start" < "t6"."end"
      AND "t11"."end" > "t6"."start"
  ) AS "t14"
  UNION ALL
  SELECT
    *
  FROM (
    SELECT
      "t5"."part_id",
      CASE WHEN "t5"."items" THEN '' ELSE "t12"."entity" END AS "entity",
      "t12"."entity" AS "own_entity",
      "t5"."items",
      "t6"."start",
      "t12"."start" AS "span_start",
      "t12"."end" AS "span_end",
      GREATEST("t12"."start", "t6"."start") AS "first",
      LEAST("t12"."end", "t6"."end") AS "last",
      "t12"."value",
      "t12"."flags",
      "t12"."retrieved_at",
      "t12"."pull_id",
      "t12"."rollover",
      "t12"."reset",
      "t12"."implausible",
      "t12"."corrected"
    FROM (
      SELECT
        "t3"."source",
        "t3"."metric",
        "t3"."entity",
        "t3"."start",
        "t3"."end",
        "t3"."value",
        "t3"."flags",
        "t3"."retrieved_at",
        "t3"."pull_id",
        FALSE AS "rollover",
        FALSE AS "reset",
        FALSE AS "implausible",
        FALSE AS "corrected",
        FALSE AS "steps"
      FROM "observations" AS "t3"
      WHERE
        DATE_DIFF('DAY', "t3"."start", "t3"."end") <> 1
    ) AS "t12"
    INNER JOIN "parts" AS "t5"
      ON "t12"."source" = "t5"."source"
      AND "t12"."metric" = "t5"."metric"
      AND "t12"."steps" = "t5"."steps"
      AND (
        (
          "t5"."entity" IS NULL
        ) OR (
          "t5"."entity" = "t12"."entity"
        )
      )
    INNER JOIN "grid" AS "t6"
      ON "t5"."period" = "t6"."period"
      AND "t12"."start" < "t6"."end"
      AND "t12"."end" > "t6"."start"
  ) AS "t15"
) AS "t16";

-- table reduced
--   indicator_id: string
--   part: string
--   source: string
--   metric: string
--   entity: string
--   start: date32[day]
--   sum: double
--   mean: double
--   last: double
--   max: double
--   days: double
--   prorated: bool
--   rollover: bool
--   reset: bool
--   implausible: bool
--   corrected: bool
--   retrieved_at: timestamp[us, tz=UTC]
--   known_from: date32[day]
SELECT
  "t3"."indicator_id",
  "t3"."part",
  "t3"."source",
  "t3"."metric",
  "t12"."entity",
  "t12"."start",
  "t12"."sum",
  "t12"."mean",
  "t12"."last",
  "t12"."max",
  "t12"."days",
  "t12"."prorated",
  "t12"."rollover",
  "t12"."reset",
  "t12"."implausible",
  "t12"."corrected",
  "t12"."retrieved_at",
  "t12"."known_from"
FROM (
  SELECT
    "t10"."part_id",
    "t10"."entity",
    "t10"."start",
    SUM("t10"."sum") AS "sum",
    SUM("t10"."weighed") / NULLIF(SUM("t10"."days"), 0.0) AS "mean",
    FIRST("t10"."last" ORDER BY "t10"."newest" DESC) AS "last",
    MAX("t10"."max") AS "max",
    SUM("t10"."days") AS "days",
    BOOL_OR(CAST("t10"."prorated" AS BOOLEAN)) AS "prorated",
    BOOL_OR(CAST("t10"."rollover" AS BOOLEAN)) AS "rollover",
    BOOL_OR(CAST("t10"."reset" AS BOOLEAN)) AS "reset",
    BOOL_OR(CAST("t10"."implausible" AS BOOLEAN)) AS "implausible",
    BOOL_OR(CAST("t10"."corrected" AS BOOLEAN)) AS "corrected",
    MAX("t10"."retrieved_at") AS "retrieved_at",
    MIN("t10"."known_from") AS "known_from"
  FROM (
    SELECT
      *
    FROM (
      SELECT
        "t4"."part_id",
        "t4"."entity",
        "t4"."start",
        SUM(
          "t4"."value" * (
            CAST(DATE_DIFF('DAY', "t4"."first", "t4"."last") AS DOUBLE) / NULLIF(CAST(DATE_DIFF('DAY', "t4"."span_start", "t4"."span_end") AS DOUBLE), 0.0)
          )
        ) AS "sum",
        SUM("t4"."value" * CAST(DATE_DIFF('DAY', "t4"."first", "t4"."last") AS DOUBLE)) AS "weighed",
        FIRST(
          "t4"."value" ORDER BY {'start': "t4"."span_start", 'end': "t4"."span_end", 'entity': "t4"."own_entity"} DESC
        ) AS "last",
        0 AS "newest",
        MAX("t4"."value") AS "max",
        COALESCE(
          SUM(CAST(DATE_DIFF('DAY', "t4"."first", "t4"."last") AS DOUBLE)) FILTER(WHERE
            "t4"."value" IS NOT NULL),
          0.0
        ) AS "days",
        BOOL_OR(
          CAST((
            (
              CAST(DATE_DIFF('DAY', "t4"."first", "t4"."last") AS DOUBLE) / NULLIF(CAST(DATE_DIFF('DAY', "t4"."span_start", "t4"."span_end") AS DOUBLE), 0.0)
            ) < 1
          )
          AND (
            "t4"."value" IS NOT NULL
          ) AS BOOLEAN)
        ) AS "prorated",
        BOOL_OR(CAST("t4"."rollover" AS BOOLEAN)) AS "rollover",
        BOOL_OR(CAST("t4"."reset" AS BOOLEAN)) AS "reset",
        BOOL_OR(CAST("t4"."implausible" AS BOOLEAN)) AS "implausible",
        BOOL_OR(CAST("t4"."corrected" AS BOOLEAN)) AS "corrected",
        MAX("t4"."retrieved_at") AS "retrieved_at",
        MIN("t4"."span_start") FILTER(WHERE
          "t4"."value" IS NOT NULL) AS "known_from"
      FROM (
        SELECT
          *
        FROM "placed_spans" AS "t1"
        WHERE
          "t1"."items"
      ) AS "t4"
      GROUP BY
        1,
        2,
        3
    ) AS "t7"
    UNION ALL
    SELECT
      *
    FROM (
      SELECT
        *
      FROM (
        SELECT
          "t2"."part_id",
          "t2"."entity",
          "t2"."start",
          SUM("t2"."value") AS "sum",
          SUM("t2"."value") AS "weighed",
          FIRST("t2"."value" ORDER BY "t2"."day" DESC) AS "last",
          (
            DATE_DIFF('DAY', MAKE_DATE(1, 1, 1), MAX("t2"."day")) * 1000000
          ) + 1 AS "newest",
          MAX("t2"."value") AS "max",
          CAST(COUNT("t2"."value") AS DOUBLE) AS "days",
          FALSE AS "prorated",
          FALSE AS "rollover",
          FALSE AS "reset",
          FALSE AS "implausible",
          FALSE AS "corrected",
          MAX("t2"."retrieved_at") AS "retrieved_at",
          MIN("t2"."day") FILTER(WHERE
            "t2"."value" IS NOT NULL) AS "known_from"
        FROM "placed_days" AS "t2"
        GROUP BY
          1,
          2,
          3
      ) AS "t6"
      UNION ALL
      SELECT
        *
      FROM (
        SELECT
          "t5"."part_id",
          "t5"."entity",
          "t5"."start",
          SUM(
            "t5"."value" * (
              CAST(DATE_DIFF('DAY', "t5"."first", "t5"."last") AS DOUBLE) / NULLIF(CAST(DATE_DIFF('DAY', "t5"."span_start", "t5"."span_end") AS DOUBLE), 0.0)
            )
          ) AS "sum",
          SUM("t5"."value" * CAST(DATE_DIFF('DAY', "t5"."first", "t5"."last") AS DOUBLE)) AS "weighed",
          FIRST(
            "t5"."value" ORDER BY (
              DATE_DIFF('DAY', MAKE_DATE(1, 1, 1), "t5"."span_start") * 1000000
            ) + DATE_DIFF('DAY', "t5"."span_start", "t5"."span_end") DESC
          ) AS "last",
          MAX(
            (
              DATE_DIFF('DAY', MAKE_DATE(1, 1, 1), "t5"."span_start") * 1000000
            ) + DATE_DIFF('DAY', "t5"."span_start", "t5"."span_end")
          ) AS "newest",
          MAX("t5"."value") AS "max",
          COALESCE(
            SUM(CAST(DATE_DIFF('DAY', "t5"."first", "t5"."last") AS DOUBLE)) FILTER(WHERE
              "t5"."value" IS NOT NULL),
            0.0
          ) AS "days",
          BOOL_OR(
            CAST((
              (
                CAST(DATE_DIFF('DAY', "t5"."first", "t5"."last") AS DOUBLE) / NULLIF(CAST(DATE_DIFF('DAY', "t5"."span_start", "t5"."span_end") AS DOUBLE), 0.0)
              ) < 1
            )
            AND (
              "t5"."value" IS NOT NULL
            ) AS BOOLEAN)
          ) AS "prorated",
          BOOL_OR(CAST("t5"."rollover" AS BOOLEAN)) AS "rollover",
          BOOL_OR(CAST("t5"."reset" AS BOOLEAN)) AS "reset",
          BOOL_OR(CAST("t5"."implausible" AS BOOLEAN)) AS "implausible",
          BOOL_OR(CAST("t5"."corrected" AS BOOLEAN)) AS "corrected",
          MAX("t5"."retrieved_at") AS "retrieved_at",
          MIN("t5"."span_start") FILTER(WHERE
            "t5"."value" IS NOT NULL) AS "known_from"
        FROM (
          SELECT
            *
          FROM "placed_spans" AS "t1"
          WHERE
            NOT (
              "t1"."items"
            )
        ) AS "t5"
        GROUP BY
          1,
          2,
          3
      ) AS "t8"
    ) AS "t9"
  ) AS "t10"
  GROUP BY
    1,
    2,
    3
) AS "t12"
INNER JOIN "labels" AS "t3"
  ON "t12"."part_id" = "t3"."part_id";

-- result
--   indicator_id: string
--   part: string
--   source: string
--   metric: string
--   entity: string
--   start: date32[day]
--   sum: double
--   mean: double
--   last: double
--   max: double
--   days: double
--   prorated: bool
--   rollover: bool
--   reset: bool
--   implausible: bool
--   corrected: bool
--   retrieved_at: timestamp[us, tz=UTC]
SELECT
  "t0".*
  EXCLUDE ("known_from")
FROM "reduced" AS "t0";

-- result
--   indicator_id: string
--   part: string
--   source: string
--   metric: string
--   entity: string
--   start: date32[day]
--   closed_covered: double
SELECT
  "t4"."indicator_id",
  "t4"."part",
  "t4"."source",
  "t4"."metric",
  "t14"."entity",
  "t14"."start",
  "t14"."closed_covered"
FROM (
  SELECT
    "t12"."part_id",
    "t12"."entity",
    "t12"."start",
    CAST(SUM("t12"."n") AS DOUBLE) AS "closed_covered"
  FROM (
    SELECT
      *
    FROM (
      SELECT
        "t6"."part_id",
        "t6"."entity",
        "t6"."start",
        SUM("t6"."closed") AS "n"
      FROM (
        SELECT
          *
        FROM "placed_days" AS "t1"
        WHERE
          "t1"."value" IS NOT NULL AND "t1"."closed" > 0
      ) AS "t6"
      GROUP BY
        1,
        2,
        3
    ) AS "t9"
    UNION ALL
    SELECT
      *
    FROM (
      SELECT
        "t10"."part_id",
        "t10"."entity",
        "t10"."start",
        COUNT(*) AS "n"
      FROM (
        SELECT
          "t8"."part_id",
          "t8"."entity",
          "t8"."own_entity",
          "t8"."items",
          "t8"."start",
          "t8"."span_start",
          "t8"."span_end",
          "t8"."first",
          "t8"."last",
          "t8"."value",
          "t8"."flags",
          "t8"."retrieved_at",
          "t8"."pull_id",
          "t8"."rollover",
          "t8"."reset",
          "t8"."implausible",
          "t8"."corrected",
          "t5"."entity" AS "closed_entity",
          "t5"."day"
        FROM (
          SELECT
            *
          FROM "placed_spans" AS "t2"
          WHERE
            "t2"."value" IS NOT NULL
        ) AS "t8"
        INNER JOIN "closed" AS "t5"
          ON "t8"."first" <= "t5"."day"
          AND "t8"."last" > "t5"."day"
          AND (
            (
              "t5"."entity" = ''
            ) OR (
              "t5"."entity" = "t8"."own_entity"
            )
          )
      ) AS "t10"
      GROUP BY
        1,
        2,
        3
    ) AS "t11"
  ) AS "t12"
  GROUP BY
    1,
    2,
    3
) AS "t14"
INNER JOIN "labels" AS "t4"
  ON "t14"."part_id" = "t4"."part_id";

-- result
--   indicator_id: string
--   start: date32[day]
--   flag: string
SELECT DISTINCT
  "t11"."indicator_id",
  "t11"."start",
  "t11"."flag"
FROM (
  SELECT
    "t3"."indicator_id",
    "t3"."part",
    "t3"."source",
    "t3"."metric",
    "t10"."start",
    "t10"."flag"
  FROM (
    SELECT DISTINCT
      *
    FROM (
      SELECT
        *
      FROM (
        SELECT
          "t4"."part_id",
          "t4"."start",
          UNNEST("t4"."flags") AS "flag"
        FROM (
          SELECT
            *
          FROM "placed_days" AS "t1"
          WHERE
            ARRAY_LENGTH("t1"."flags") > 0
        ) AS "t4"
      ) AS "t6"
      UNION ALL
      SELECT
        *
      FROM (
        SELECT
          "t5"."part_id",
          "t5"."start",
          UNNEST("t5"."flags") AS "flag"
        FROM (
          SELECT
            *
          FROM "placed_spans" AS "t2"
          WHERE
            ARRAY_LENGTH("t2"."flags") > 0
        ) AS "t5"
      ) AS "t7"
    ) AS "t8"
  ) AS "t10"
  INNER JOIN "labels" AS "t3"
    ON "t10"."part_id" = "t3"."part_id"
) AS "t11";

-- result
--   indicator_id: string
--   start: date32[day]
--   pull_id: string
SELECT DISTINCT
  "t9"."indicator_id",
  "t9"."start",
  "t9"."pull_id"
FROM (
  SELECT
    "t3"."indicator_id",
    "t3"."part",
    "t3"."source",
    "t3"."metric",
    "t8"."start",
    "t8"."pull_id"
  FROM (
    SELECT DISTINCT
      *
    FROM (
      SELECT
        *
      FROM (
        SELECT
          "t1"."part_id",
          "t1"."start",
          "t1"."pull_id"
        FROM "placed_days" AS "t1"
        WHERE
          "t1"."value" IS NOT NULL
      ) AS "t4"
      UNION ALL
      SELECT
        *
      FROM (
        SELECT
          "t2"."part_id",
          "t2"."start",
          "t2"."pull_id"
        FROM "placed_spans" AS "t2"
        WHERE
          "t2"."value" IS NOT NULL
      ) AS "t5"
    ) AS "t6"
  ) AS "t8"
  INNER JOIN "labels" AS "t3"
    ON "t8"."part_id" = "t3"."part_id"
) AS "t9";

-- result
--   indicator_id: string
--   part: string
--   source: string
--   metric: string
--   entity: string
--   first: date32[day]
SELECT
  "t1"."indicator_id",
  "t1"."part",
  "t1"."source",
  "t1"."metric",
  "t1"."entity",
  MIN("t1"."known_from") AS "first"
FROM (
  SELECT
    *
  FROM "reduced" AS "t0"
  WHERE
    "t0"."known_from" IS NOT NULL
) AS "t1"
GROUP BY
  1,
  2,
  3,
  4,
  5;

-- result
--   indicator_id: string
--   part: string
--   source: string
--   metric: string
--   entity: string
--   weekday: int64
--   mean: double
--   days: int64
WITH "t10" AS (
  SELECT
    "t9"."part_id",
    "t9"."entity",
    "t9"."own_entity",
    "t9"."items",
    "t9"."start",
    "t9"."span_start",
    "t9"."span_end",
    "t9"."first",
    "t9"."last",
    "t9"."value",
    "t9"."flags",
    "t9"."retrieved_at",
    "t9"."pull_id",
    "t9"."rollover",
    "t9"."reset",
    "t9"."implausible",
    "t9"."corrected"
  FROM (
    SELECT
      *
    FROM "placed_spans" AS "t2"
    WHERE
      "t2"."value" IS NOT NULL
      AND DATE_DIFF('DAY', "t2"."span_start", "t2"."span_end") = 1
  ) AS "t9"
  ANTI JOIN (
    SELECT
      "t3"."entity" AS "closed_entity",
      "t3"."day"
    FROM "closed" AS "t3"
  ) AS "t6"
    ON "t9"."first" = "t6"."day"
    AND (
      (
        "t6"."closed_entity" = ''
      ) OR (
        "t6"."closed_entity" = "t9"."own_entity"
      )
    )
)
SELECT
  "t4"."indicator_id",
  "t4"."part",
  "t4"."source",
  "t4"."metric",
  "t20"."entity",
  "t20"."weekday",
  "t20"."mean",
  "t20"."days"
FROM (
  SELECT
    "t18"."part_id",
    "t18"."entity",
    "t18"."weekday",
    AVG("t18"."value") AS "mean",
    COUNT(*) AS "days"
  FROM (
    SELECT
      *
    FROM (
      SELECT
        "t1"."part_id",
        "t1"."entity",
        CAST((
          DAYOFWEEK("t1"."day") + 6
        ) % 7 AS BIGINT) AS "weekday",
        "t1"."value"
      FROM "placed_days" AS "t1"
      WHERE
        "t1"."value" IS NOT NULL AND "t1"."closed" = 0
    ) AS "t7"
    UNION ALL
    SELECT
      *
    FROM (
      SELECT
        "t16"."part_id",
        "t16"."entity",
        "t16"."weekday",
        "t16"."value"
      FROM (
        SELECT
          *
        FROM (
          SELECT
            "t11"."part_id",
            "t11"."entity",
            CAST((
              DAYOFWEEK("t11"."first") + 6
            ) % 7 AS BIGINT) AS "weekday",
            "t11"."first",
            "t11"."value"
          FROM "t10" AS "t11"
          WHERE
            NOT (
              "t11"."items"
            )
        ) AS "t12"
        UNION ALL
        SELECT
          *
        FROM (
          SELECT
            *
          FROM (
            SELECT
              "t13"."part_id",
              "t13"."entity",
              "t13"."weekday",
              "t13"."first",
              SUM("t13"."value") AS "value"
            FROM (
              SELECT
                "t11"."part_id",
                "t11"."entity",
                "t11"."own_entity",
                "t11"."items",
                "t11"."start",
                "t11"."span_start",
                "t11"."span_end",
                "t11"."first",
                "t11"."last",
                "t11"."value",
                "t11"."flags",
                "t11"."retrieved_at",
                "t11"."pull_id",
                "t11"."rollover",
                "t11"."reset",
                "t11"."implausible",
                "t11"."corrected",
                CAST((
                  DAYOFWEEK("t11"."first") + 6
                ) % 7 AS BIGINT) AS "weekday"
              FROM "t10" AS "t11"
              WHERE
                "t11"."items"
            ) AS "t13"
            GROUP BY
              1,
              2,
              3,
              4
          ) AS "t14"
        ) AS "t15"
      ) AS "t16"
    ) AS "t17"
  ) AS "t18"
  GROUP BY
    1,
    2,
    3
) AS "t20"
INNER JOIN "labels" AS "t4"
  ON "t20"."part_id" = "t4"."part_id";
